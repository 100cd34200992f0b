import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { parseVgs, vgsArgv } from './parsers/volume-groups.ts';
import { hostName, onHost } from './shared/command-line.ts';
import type { Nothing } from './shared/nothing.ts';
import { readAs } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef; readonly group: string; readonly on: boolean };

/**
 * Whether a volume group is activated when its disks appear. The flag lies on the disks and travels with them.
 * Source: procedure, assemble-storage; facts, "Backend storage".
 */
export const setVolumeGroupAutoactivation: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-volume-group-autoactivation',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, group, on }) =>
    `on ${hostName(host)} set autoactivation of the volume group ${group} ${on ? 'on' : 'off'}`,

  async look({ shell }, { host, group, on }) {
    const found = (await readAs(shell, host, vgsArgv, parseVgs)).find(one => one.name === group);
    if (found === undefined) return { is: 'not-yet', why: `${hostName(host)} sees no volume group ${group} yet` };
    return found.autoactivation === on ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { host, group, on }, send) {
    await runOrRefuse(ports, { host, argv: argvOf(group, on), what: argvOf(group, on).join(' ') }, send);
  },

  inverse: ({ host, group, on }) => ({ change: setVolumeGroupAutoactivation({ host, group, on: !on }) }),

  byHand: ({ host, group, on }) => onHost(host, argvOf(group, on)),
});

function argvOf(group: string, on: boolean): string[] {
  return ['vgchange', '--setautoactivation', on ? 'y' : 'n', group];
}
