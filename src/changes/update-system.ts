import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isThere } from './shared/host-reads.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly host: HostRef;
  /** A file by which the playbook knows that the first update was done; null: none is kept. */
  readonly marker: string | null;
};

const withMarker = 'dnf -y update && mkdir -p "$(dirname "$1")" && touch "$1"';

/** Updates all packages of a host, and leaves the playbook's marker. Source: procedure, warm-up; facts, "Details that bite". */
export const updateSystem: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'update-system',
  version: 1,
  repeat: 'converges',
  limit: 'upgrade',
  unseen: true,

  say: ({ host, marker }) =>
    `on ${hostName(host)} update all packages${marker === null ? '' : `, and leave the marker ${marker}`}`,

  async look(ports, { host, marker }, about) {
    const state = await lookAtCommand<Nothing>(ports, host, about, 'the update of all packages');
    if (isLook(state)) return state;
    if (state.is === 'done') return { is: 'after', output: {} };
    if (marker === null) return { is: 'before' };
    return (await isThere(ports.shell, host, marker))
      ? { is: 'after', output: {}, saw: `${marker} is there` }
      : { is: 'before' };
  },

  async make({ shell }, { host, marker }, send) {
    const argv = marker === null ? ['dnf', '-y', 'update'] : ['sh', '-c', withMarker, 'update', marker];
    await shell.start(host, argv, send);
    return undefined;
  },

  inverse: () => ({ rule: 'updated packages stay' }),

  byHand: ({ host, marker }) => onHost(host, marker === null ? 'dnf -y update' : `dnf -y update && touch ${marker}`),
});
