import { type ChangeMaker, defineChange, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { assembleArrays } from './assemble-arrays.ts';
import { type ListedArray, parseMdadmScan } from './parsers/mdadm.ts';
import { hostName, onHost } from './shared/command-line.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  /** UUIDs of the arrays. Their devices are found when it is done: md numbers change from boot to boot. */
  readonly arrays: readonly string[];
};

/** Stops software arrays, found by UUID. Source: procedure, unmount-data. */
export const stopArrays: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'stop-arrays',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: ({ host, arrays }) => `on ${hostName(host)} stop the arrays ${arrays.join(', ')}`,

  async look(ports, args) {
    const running = await listed(ports, args);
    return running.length === 0
      ? { is: 'after', output: {} }
      : { is: 'before', before: running.map(one => `${one.device} ${one.uuid}`) };
  },

  async make(ports, args, send) {
    const running = await listed(ports, args);
    if (running.length === 0) return;
    const argv = ['mdadm', '--stop', ...running.map(one => one.device)];
    await runOrRefuse(ports, { host: args.host, argv, what: argv.join(' '), limitMs: 120_000 }, send);
  },

  inverse: ({ host, arrays }) => ({ change: assembleArrays({ host, arrays }) }),

  byHand: ({ host, arrays }) =>
    onHost(host, arrays.map(uuid => `mdadm --stop /dev/disk/by-id/md-uuid-${uuid}`).join(' && ')),
});

async function listed({ shell }: Pick<Readers, 'shell'>, { host, arrays }: Args): Promise<ListedArray[]> {
  const all = parseMdadmScan(await readOrRefuse(shell, host, ['mdadm', '--detail', '--scan']));
  return all.filter(one => arrays.includes(one.uuid));
}
