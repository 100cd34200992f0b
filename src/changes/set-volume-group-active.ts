import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { lvsArgv, parseLvs } from './parsers/volume-groups.ts';
import { hostName, onHost } from './shared/command-line.ts';
import type { Nothing } from './shared/nothing.ts';
import { readAs } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef; readonly group: string; readonly active: boolean };

/** Activates or deactivates all logical volumes of a volume group. Source: procedure, unmount-data and assemble-storage. */
export const setVolumeGroupActive: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-volume-group-active',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: ({ host, group, active }) =>
    `on ${hostName(host)} ${active ? 'activate' : 'deactivate'} the volume group ${group}`,

  async look({ shell }, { host, group, active }) {
    const volumes = (await readAs(shell, host, lvsArgv, parseLvs)).filter(one => one.group === group);
    if (active) {
      if (volumes.length === 0) return { is: 'not-yet', why: `${hostName(host)} sees no volume group ${group} yet` };
      return volumes.every(one => one.active) ? { is: 'after', output: {} } : { is: 'before' };
    }
    if (volumes.every(one => !one.active)) {
      return { is: 'after', output: {}, ...(volumes.length === 0 ? { saw: `${group} isn't visible` } : {}) };
    }
    const open = volumes.filter(one => one.open).map(one => one.name);
    return open.length === 0
      ? { is: 'before' }
      : { is: 'not-yet', why: `${open.join(', ')} of ${group} is still open on ${hostName(host)}` };
  },

  async make(ports, { host, group, active }, send) {
    const argv = ['vgchange', active ? '-ay' : '-an', group];
    await runOrRefuse(ports, { host, argv, what: argv.join(' ') }, send);
  },

  inverse: ({ host, group, active }) => ({ change: setVolumeGroupActive({ host, group, active: !active }) }),

  byHand: ({ host, group, active }) => onHost(host, ['vgchange', active ? '-ay' : '-an', group]),
});
