import { type ChangeMaker, defineChange, type Look, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { boundSource, mountBelow } from './parsers/findmnt.ts';
import { commandLine, hostName, onHost } from './shared/command-line.ts';
import { blockDevicesOf, mountsOf } from './shared/host-reads.ts';
import { other } from './shared/looks.ts';
import { type MountSpec, mountInWords } from './shared/mount-spec.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';
import { unmount } from './unmount.ts';

type Args = { readonly host: HostRef; readonly mount: MountSpec };
type Output = { readonly device: string; readonly uuid: string | null };

/**
 * Mounts a file system by its label, a bind mount by its folder. Exactly one device may have the label, and its file
 * system must be the one expected. Source: procedure, mount-data and serve-repositories.
 */
export const mount: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'mount',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: args =>
    `on ${hostName(args.host)} mount ${mountInWords(args.mount)}${args.mount.uuid === null ? '' : `, file system ${args.mount.uuid}`}`,

  async look(ports, { host, mount: spec }) {
    const mounts = await mountsOf(ports.shell, host);
    const mounted = mounts.findLast(one => one.target === spec.path);
    if (mounted === undefined) return spec.bind ? lookForFolder(ports, host, spec) : lookForDevice(ports, host, spec);
    if (spec.uuid !== null && mounted.uuid !== spec.uuid) {
      return other(
        'other-file-system',
        `${spec.path} of ${hostName(host)} has the file system ${mounted.uuid ?? 'without UUID'} from ${mounted.source}, not ${spec.uuid}`,
      );
    }
    const meant = spec.bind ? boundSource(mounts, spec.source) : mounted.source;
    if (mounted.source !== meant) {
      return other(
        'other-folder',
        `${spec.path} of ${hostName(host)} shows ${mounted.source}, not ${spec.source}${meant === undefined ? '' : `, which is ${meant}`}`,
      );
    }
    return { is: 'after', output: { device: mounted.source, uuid: mounted.uuid ?? null } };
  },

  async make(ports, { host, mount: spec }, send) {
    await runOrRefuse(ports, { host, argv: argvOf(spec), what: `mount ${spec.path}`, limitMs: 300_000 }, send);
  },

  inverse: args => ({ change: unmount(args) }),

  byHand: args => onHost(args.host, commandLine(argvOf(args.mount))),
});

/** `X-mount.mkdir` makes the mount point where it is missing (util-linux). */
function argvOf({ path, source, bind }: MountSpec): string[] {
  return ['mount', '-o', bind ? 'bind,X-mount.mkdir' : 'X-mount.mkdir', source, path];
}

/** The folder must lie on the file system that is meant: the same path on the root disk is another one. */
async function lookForFolder({ shell }: Readers, host: HostRef, { source, uuid }: MountSpec): Promise<Look<Output>> {
  const on = mountBelow(await mountsOf(shell, host), source);
  if (on === undefined) return { is: 'not-yet', why: `what ${source} lies on isn't mounted on ${hostName(host)}` };
  if (uuid === null || on.uuid === uuid) return { is: 'before' };
  return other(
    'other-file-system',
    `${source} of ${hostName(host)} lies on the file system ${on.uuid ?? 'without UUID'}, not ${uuid}`,
  );
}

async function lookForDevice({ shell }: Readers, host: HostRef, spec: MountSpec): Promise<Look<Output>> {
  const [what = '', value = ''] = spec.source.split('=');
  const devices = await blockDevicesOf(shell, host);
  const named = devices.filter(one => (what === 'LABEL' ? one.label : one.uuid) === value && isPlain(one.type));
  const [device, second] = named;
  if (device === undefined) return { is: 'not-yet', why: `no device of ${hostName(host)} has ${spec.source} yet` };
  if (second !== undefined) {
    return other(
      'two-devices',
      `${named.map(one => one.path).join(' and ')} of ${hostName(host)} both have ${spec.source}: nothing is mounted`,
    );
  }
  if (spec.uuid !== null && device.uuid !== spec.uuid) {
    return other(
      'other-file-system',
      `${device.path} of ${hostName(host)} has ${spec.source} and the file system ${device.uuid ?? 'without UUID'}, not ${spec.uuid}`,
    );
  }
  return { is: 'before' };
}

/** Members of arrays and volume groups have UUIDs and labels too, and are no file systems. */
function isPlain(type: string | undefined): boolean {
  return type !== undefined && type !== 'linux_raid_member' && type !== 'LVM2_member';
}
