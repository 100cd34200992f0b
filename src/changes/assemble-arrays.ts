import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { parseMdadmDetail, parseMdadmScan } from './parsers/mdadm.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';
import { stopArrays } from './stop-arrays.ts';

type Args = { readonly host: HostRef; readonly arrays: readonly string[] };
type Output = { readonly devices: readonly string[] };

const argv = ['mdadm', '--assemble', '--scan', '--no-degraded'] as const;

/**
 * Assembles software arrays, only with all their members. Judged by `mdadm --detail` of each, never by the exit status:
 * udev may have been first. Never --run, --force or --add. Source: procedure, assemble-storage.
 */
export const assembleArrays: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'assemble-arrays',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: ({ host, arrays }) => `on ${hostName(host)} assemble the arrays ${arrays.join(', ')}, with all members only`,

  async look({ shell }, { host, arrays }) {
    const listed = parseMdadmScan(await readOrRefuse(shell, host, ['mdadm', '--detail', '--scan']));
    const devices: string[] = [];
    for (const uuid of arrays) {
      const array = listed.find(one => one.uuid === uuid);
      if (array === undefined) continue;
      const detail = await readOrRefuse(shell, host, ['mdadm', '--detail', array.device]);
      const { state, raidDevices, activeDevices } = parseMdadmDetail(detail);
      if (array.inactive || state.includes('inactive') || state.includes('degraded') || activeDevices < raidDevices) {
        return other(
          'array-incomplete',
          `${array.device} (${uuid}) of ${hostName(host)} is ${state.join(', ')}: ${activeDevices} of ${raidDevices} members; stop it, see that all volumes are attached, retry`,
          detail.split('\n'),
        );
      }
      devices.push(array.device);
    }
    return devices.length === arrays.length ? { is: 'after', output: { devices } } : { is: 'before' };
  },

  async make({ shell }, { host }, send) {
    await shell.run(host, argv, send, { limitMs: 120_000 });
    return undefined;
  },

  inverse: ({ host, arrays }) => ({ change: stopArrays({ host, arrays }) }),

  byHand: ({ host }) => onHost(host, argv),
});
