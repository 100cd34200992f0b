import { type ChangeMaker, defineChange, type Look } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { parseTaskChanges, type TaskChange, withoutDiffs } from './parsers/play-diff.ts';
import { onHost } from './shared/command-line.ts';
import { judgePlay } from './shared/judge-play.ts';
import { lookAtCommand } from './shared/look-at-command.ts';
import { usualProgram } from './shared/usual-program.ts';
import { wholeOutput } from './shared/whole-output.ts';

type Args = {
  /** batcave01. */
  readonly host: HostRef;
  /** The name in the inventory that it is limited to. */
  readonly limit: string;
  /** Relative to the checkout's playbooks: "groups/copr-keygen.yml". */
  readonly playbook: string;
  readonly tags: readonly string[];
  /** What plays it, where that is another program than rbac-playbook. */
  readonly program?: string;
  /** Lines with this word are shown, an address; others may hold a secret, and are counted. */
  readonly word: string;
};
type Output = { readonly changed: number; readonly told: string };

/** Lines that are shown of one file at most, and tasks in all. */
const shownLines = 5;
const shownTasks = 20;

/**
 * Has ansible say what a playbook would change on a live host, before it is played: with `--check --diff` it changes
 * nothing. What others have committed and not yet played shows too. Source: procedure, allow-new-address.
 */
export const checkPlaybook: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'check-playbook',
  version: 1,
  repeat: 'converges',
  limit: 'playbook',
  unseen: true,

  say: ({ playbook, limit, tags, word }) =>
    `show what ${playbook} would change on ${limit}, only ${tags.join(', ')}, where ${word} stands; change nothing`,

  async look(ports, args, about): Promise<Look<Output>> {
    const { host, playbook, word } = args;
    const state = await lookAtCommand<Output>(ports, host, about, `the check of ${playbook}`);
    if (state.is === 'absent') return { is: 'before' };
    // What it printed last may be a line of a file.
    if (state.is === 'under-way') return { is: 'under-way', saw: `the check of ${playbook} runs` };
    if (state.is === 'other') return { ...state, evidence: withoutDiffs(state.evidence) };
    const output = await wholeOutput(ports, host, about.run, about.key);
    const plain = withoutDiffs(output.split('\n')).join('\n');
    const judged = judgePlay(args, plain, state.is === 'done');
    if (judged.is !== 'after') return judged;
    const { changed } = judged.output;
    return { is: 'after', output: { changed, told: told(args, parseTaskChanges(output), word) } };
  },

  async make({ shell }, args, send) {
    await shell.start(args.host, argvOf(args), send);
    return undefined;
  },

  inverse: () => ({ rule: 'nothing is left of what was only shown' }),

  byHand: args => onHost(args.host, argvOf(args)).replace('# ', '$ '),
});

function argvOf({ limit, playbook, tags, program = usualProgram }: Args): string[] {
  return ['sudo', program, '-l', limit, playbook, '-t', tags.join(','), '--check', '--diff'];
}

function told({ playbook, limit }: Args, changes: readonly TaskChange[], word: string): string {
  if (changes.length === 0) return `${playbook} would change nothing on ${limit}.`;
  const lines = changes.slice(0, shownTasks).flatMap(change => taskLines(change, word));
  const more = changes.length > shownTasks ? [`  and ${changes.length - shownTasks} more`] : [];
  return [`${playbook} would change on ${limit}:`, ...lines, ...more].join('\n');
}

function taskLines({ task, file, added, removed }: TaskChange, word: string): string[] {
  if (file === undefined) return [`  task "${task}"`];
  const signed = [...removed.map(line => `-${line}`), ...added.map(line => `+${line}`)];
  const shown = signed.filter(line => line.split(/[^\w.:]+/).includes(word)).slice(0, shownLines);
  const others = signed.length - shown.length;
  const counted = others === 0 ? '' : `, ${others} ${shown.length === 0 ? '' : 'other '}line${others === 1 ? '' : 's'}`;
  return [`  ${file}${counted}`, ...shown.map(line => `    ${line}`)];
}
