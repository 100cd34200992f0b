import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { serialOf } from './parsers/lsblk.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { blockDevicesOf } from './shared/host-reads.ts';
import { other } from './shared/looks.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef; readonly volume: string; readonly label: string };
type Output = { readonly device: string; readonly uuid: string };

/**
 * Makes an ext4 file system on a volume that has nothing at all: any signature on it, as `blkid -p` reads it from the
 * disk, is for a person. Source: procedure, attach-temporary-storage.
 */
export const makeFileSystem: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'make-file-system',
  version: 1,
  repeat: 'look',
  limit: 'command',

  say: ({ host, volume, label }) =>
    `on ${hostName(host)} make an ext4 file system ${label} on ${volume}, which must be empty`,

  async look({ shell }, { host, volume, label }) {
    const device = (await blockDevicesOf(shell, host)).find(one => one.serial === serialOf(volume));
    if (device === undefined) return { is: 'not-yet', why: `${hostName(host)} doesn't see ${volume} yet` };
    // 2: nothing found on it.
    const text = await readOrRefuse(shell, host, ['blkid', '-p', '-o', 'export', device.path], { okCodes: [2] });
    const found = new Map(
      text
        .split('\n')
        .filter(line => line.includes('='))
        .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
    );
    found.delete('DEVNAME');
    if (found.size === 0) return { is: 'before' };
    if (found.get('TYPE') === 'ext4' && found.get('LABEL') === label) {
      return { is: 'after', output: { device: device.path, uuid: found.get('UUID') ?? '' } };
    }
    return other(
      'not-empty',
      `${volume} (${device.path} on ${hostName(host)}) isn't empty: no file system is made on it`,
      [...text.split('\n')],
    );
  },

  async make(ports, { host, volume, label }, send) {
    const path = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${serialOf(volume)}`;
    const argv = ['mkfs.ext4', '-q', '-L', label, path];
    await runOrRefuse(ports, { host, argv, what: `make a file system on ${volume}`, limitMs: 120_000 }, send);
    return undefined;
  },

  inverse: ({ volume }) => ({ rule: `${volume} keeps its empty file system` }),

  byHand: ({ host, volume, label }) =>
    onHost(host, `mkfs.ext4 -L ${label} /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${serialOf(volume)}`),
});
