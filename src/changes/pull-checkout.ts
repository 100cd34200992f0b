import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { commandLine, hostName, onHost } from './shared/command-line.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef; readonly path: string };

/** Brings a checkout of the inventory to the head of its branch, where nothing else does. Source: procedure, add-temporary-host ("batcave01 has it"). */
export const pullCheckout: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'pull-checkout',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, path }) => `bring ${path} on ${hostName(host)} to the inventory's head`,

  async look({ shell, inventory }, { host, path }) {
    const there = (await readOrRefuse(shell, host, ['git', '-C', path, 'rev-parse', 'HEAD'])).trim();
    return there === (await inventory.head()) ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { host, path }, send) {
    await runOrRefuse(ports, { host, argv: argvOf(path), what: `pull ${path}`, limitMs: 60_000 }, send);
  },

  inverse: () => ({ rule: 'the checkout follows the inventory' }),

  byHand: ({ host, path }) => onHost(host, commandLine(argvOf(path))),
});

function argvOf(path: string): string[] {
  return ['git', '-C', path, 'pull', '--ff-only'];
}
