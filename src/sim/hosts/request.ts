import { quoteWords } from './words.ts';

/** What an exec request asks for, as faults match it and `/_sim/calls` shows it. */
export interface Request {
  /** The program of a change ("umount"; "write" for a file that is replaced), or the kind of a reading: read, file, detached, output. */
  readonly action: string;
  readonly mode: 'read' | 'file' | 'detached' | 'output' | 'run' | 'start' | 'write' | 'plain';
  readonly command: string;
  readonly key?: string;
  readonly argv: readonly string[];
}

const shells = /^(?:exec )?(?:sudo -n )?(?:\/bin\/)?(?:ba)?sh(?: -s)?$/;
const readings = ['read', 'file', 'detached', 'output'];

/** Whether the command only starts a shell that reads its script from standard input. */
export function readsScript(command: string): boolean {
  return shells.test(command.trim());
}

/** Commands that run others: the one that matters comes after them. */
const wrappers: Readonly<Record<string, (words: string[]) => void>> = {
  sudo: words => {
    while (words[0]?.startsWith('-')) if (words.shift() === '-u') words.shift();
  },
  runuser: words => {
    while (words[0]?.startsWith('-')) if (words.shift() === '-u') words.shift();
  },
  env: words => {
    if (words[0] === '-C') words.splice(0, 2);
    while (words[0]?.includes('=')) words.shift();
  },
  nohup: () => {},
};

/** `sh -c SCRIPT NAME …` is what its author named it. */
function programOf(argv: readonly string[]): string {
  const words = [...argv];
  for (;;) {
    const name = (words.shift() ?? '').split('/').at(-1) ?? '';
    const unwrap = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
    if (unwrap === undefined) return name === 'sh' && words[0] === '-c' ? (words[2] ?? name) : name;
    unwrap(words);
  }
}

/** The bot's scripts say in their first line what they are; for anything else the first word counts. */
export function requestOf(command: string, script: string): Request {
  const [, kind, key = '-', json] = /^# ferry (\w+) (\S+) (\[.*\])$/m.exec(script.split('\n', 1)[0] ?? '') ?? [];
  if (kind === undefined || json === undefined) {
    const text = readsScript(command) ? script : command;
    const argv = text.trim().split(/\s+/);
    return { action: programOf(argv), mode: 'plain', command: text.slice(0, 4_000), argv };
  }
  const argv = JSON.parse(json) as string[];
  const mode = kind as Request['mode'];
  const action = readings.includes(mode) || mode === 'write' ? mode : programOf(argv);
  return { action, mode, command: quoteWords(argv), argv, ...(key === '-' ? {} : { key }) };
}
