/** A process as `ps` shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  /** Its command line. */
  readonly command: string;
}

export const psArgv: readonly string[] = ['ps', '-e', '-ww', '--no-headers', '-o', 'pid,ppid,user:32,args'];

export function parsePs(text: string): Process[] {
  return text.split('\n').flatMap(line => {
    const [, pid, parent, user, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (pid === undefined || parent === undefined || user === undefined || command === undefined) return [];
    return [{ pid: Number(pid), parent: Number(parent), user, command }];
  });
}

const interpreters = /^(?:\/usr)?(?:\/local)?(?:\/s?bin\/)?(?:python[\d.]*|bash|sh|perl|ruby|node)$/;

/**
 * The program that a process runs: the script's path where an interpreter runs one ("/usr/bin/python3 -s /usr/bin/prunerepo
 * x" is /usr/bin/prunerepo), else its first word.
 */
export function programOf(process: Process): string {
  const words = process.command.split(' ');
  const first = words[0] ?? '';
  if (!interpreters.test(first)) return first;
  return words.slice(1).find(word => !word.startsWith('-')) ?? first;
}

/** "prunerepo 4121": the program's name without its folder, and the process id. */
export function shortName(process: Process): string {
  return `${programOf(process).split('/').at(-1) || process.command} ${process.pid}`;
}

/** Process ids as `fuser -v -m` writes them to its standard output; the kernel's own mount is none. */
export function parseFuser(stdout: string): number[] {
  return [...stdout.matchAll(/\d+/g)].map(([digits]) => Number(digits));
}
