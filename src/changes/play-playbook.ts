import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { tellingLines } from './parsers/play.ts';
import { onHost } from './shared/command-line.ts';
import { judgePlay, type Played } from './shared/judge-play.ts';
import { lookAtCommand } from './shared/look-at-command.ts';
import { usualProgram } from './shared/usual-program.ts';
import { wholeOutput } from './shared/whole-output.ts';

type Args = {
  /** batcave01. */
  readonly host: HostRef;
  /** The name in the inventory that it is limited to. */
  readonly limit: string;
  /** Relative to the checkout's playbooks: "groups/copr-backend.yml". */
  readonly playbook: string;
  /** Empty: the whole playbook. */
  readonly tags: readonly string[];
  /** What plays it, where that is another program than rbac-playbook. */
  readonly program?: string;
  /** Whether a stop at mounting the data volume, which isn't attached yet, is as expected. */
  readonly mayStopAtMount: boolean;
  /** Where: the target's own role, and the mount points of its data. Absent in runs that are older than it. */
  readonly stop?: { readonly own: string; readonly paths: readonly string[] };
};

/** Plays a playbook on batcave01, detached, and judges it by its recap too. Source: procedure, provision and enable-services. */
export const playPlaybook: ChangeMaker<Args, Played> = defineChange<Args, Played>({
  kind: 'play-playbook',
  version: 1,
  repeat: 'converges',
  limit: 'playbook',
  unseen: true,

  say: args =>
    `play ${args.playbook} for ${args.limit}${args.tags.length === 0 ? '' : `, only ${args.tags.join(', ')}`}` +
    `${args.mayStopAtMount ? ', which may stop at mounting' : ''}`,

  async look(ports, args, about) {
    const { host, playbook } = args;
    const state = await lookAtCommand<Played>(ports, host, about, playbook, tellingLines);
    if (state.is === 'absent') return { is: 'before' };
    if (state.is === 'under-way' || state.is === 'other') return state;
    const output = await wholeOutput(ports, host, about.run, about.key);
    const stop = args.mayStopAtMount ? (args.stop ?? {}) : undefined;
    return judgePlay({ ...args, stop }, output, state.is === 'done');
  },

  async make({ shell }, args, send) {
    await shell.start(args.host, argvOf(args), send);
    return undefined;
  },

  inverse: () => ({ rule: 'what the playbook set up stays as it is' }),

  byHand: args => onHost(args.host, argvOf(args)).replace('# ', '$ '),
});

function argvOf({ limit, playbook, tags, program = usualProgram }: Args): string[] {
  return ['sudo', program, '-l', limit, playbook, ...(tags.length === 0 ? [] : ['-t', tags.join(',')])];
}
