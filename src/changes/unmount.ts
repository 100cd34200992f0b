import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { mount } from './mount.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { holdersOf, mountAt } from './shared/host-reads.ts';
import { other } from './shared/looks.ts';
import { type MountSpec, mountInWords } from './shared/mount-spec.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef; readonly mount: MountSpec };

/**
 * Unmounts one mount point, never lazily or by force, and syncs. While processes hold it, it waits and says which.
 * Source: procedure, unmount-data; the document, "Re-Attach the data volume".
 */
export const unmount: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'unmount',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: args => `on ${hostName(args.host)} unmount ${mountInWords(args.mount)}`,

  async look(ports, { host, mount: { path, uuid } }) {
    const mounted = await mountAt(ports.shell, host, path);
    if (mounted === undefined) return { is: 'after', output: {} };
    if (uuid !== null && mounted.uuid !== undefined && mounted.uuid !== uuid) {
      return other(
        'other-file-system',
        `${path} of ${hostName(host)} has the file system ${mounted.uuid} from ${mounted.source}, not ${uuid}`,
      );
    }
    const holders = await holdersOf(ports, host, path);
    return holders === undefined ? { is: 'before' } : { is: 'not-yet', why: `${path}: ${holders}` };
  },

  async make(ports, { host, mount: { path } }, send) {
    const argv = ['sh', '-c', 'umount -- "$1" && sync', 'umount', path];
    await runOrRefuse(ports, { host, argv, what: `unmount ${path}`, limitMs: 300_000 }, send);
  },

  inverse: args => ({ change: mount(args) }),

  byHand: args => onHost(args.host, `umount ${args.mount.path} && sync`),
});
