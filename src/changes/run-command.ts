import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { commandLine, hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly host: HostRef;
  readonly argv: readonly string[];
  /** Null: root. */
  readonly as: string | null;
  /** In words, e.g. "update the system". */
  readonly what: string;
};

/**
 * Runs a long command, detached, whose effect can't be told from the world, and that may be run again. What can be told
 * has a kind of its own. Source: procedure, warm-up.
 */
export const runCommand: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'run-command',
  version: 1,
  repeat: 'converges',
  limit: 'command',
  unseen: true,

  say: ({ host, argv, as, what }) =>
    `on ${hostName(host)} ${what}: ${commandLine(argv)}${as === null ? '' : ` (as ${as})`}`,

  async look(ports, { host, what }, about) {
    const state = await lookAtCommand<Nothing>(ports, host, about, what);
    if (isLook(state)) return state;
    return state.is === 'absent' ? { is: 'before' } : { is: 'after', output: {} };
  },

  async make({ shell }, { host, argv, as }, send) {
    await shell.start(host, argv, send, as === null ? {} : { as });
    return undefined;
  },

  inverse: ({ what }) => ({ rule: `to ${what} has no way back, and needs none` }),

  byHand: ({ host, argv, as }) => onHost(host, argv, as ?? undefined),
});
