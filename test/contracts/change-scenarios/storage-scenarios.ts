import { vi } from 'vitest';
import { assembleArrays } from '#changes/assemble-arrays.ts';
import { makeFileSystem } from '#changes/make-file-system.ts';
import { mount } from '#changes/mount.ts';
import { replaceLines } from '#changes/replace-lines.ts';
import { setFstabOptions } from '#changes/set-fstab-options.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setVolumeGroupActive } from '#changes/set-volume-group-active.ts';
import { setVolumeGroupAutoactivation } from '#changes/set-volume-group-autoactivation.ts';
import type { MountSpec } from '#changes/shared/mount-spec.ts';
import { stopArrays } from '#changes/stop-arrays.ts';
import { unmount } from '#changes/unmount.ts';
import { seededAccount } from '#sim/ec2/seeded-targets.ts';
import { sending } from '../../builders/sending.ts';
import { atBackend, atFrontend, atKeygen, backend, frontend, keygen, ssh, stateOf } from './pretend-host.ts';
import type { ChangeScenario, ChangeWorld } from './scenario.ts';

const dataMount = (world: ChangeWorld, id: string, path: string, source: string): MountSpec => {
  const on = stateOf(world, id).mounts.find(one => one.target === path)?.on;
  const { volumes, volumeGroups } = world.kernel.state;
  const fileSystem =
    on === undefined || 'root' in on
      ? undefined
      : 'volume' in on
        ? volumes[on.volume]?.Content.fileSystem
        : volumeGroups[on.group]?.fileSystem;
  return { path, source, bind: source.startsWith('/'), uuid: fileSystem?.uuid ?? null };
};

const keyringMount = (world: ChangeWorld) => dataMount(world, keygen, '/var/lib/copr-keygen', 'LABEL=copr-keygen');
const mountsOf = (id: string) => (world: ChangeWorld) =>
  stateOf(world, id).mounts.map(({ target, on, bind }) => ({ target, on, bind }));

async function keygenStopped(world: ChangeWorld): Promise<void> {
  await world.sh(keygen, 'systemctl stop httpd signd crond');
}

/** The backend without anything that holds its storage. */
export async function backendIdle(world: ChangeWorld): Promise<void> {
  await world.sh(backend, 'systemctl stop copr-backend.target crond lighttpd resalloc');
  await world.sh(backend, 'pkill -f /usr/bin/prunerepo; pkill -f copr-backend-process; true');
}

async function backendUnmounted(world: ChangeWorld): Promise<void> {
  await backendIdle(world);
  await world.sh(backend, 'umount /var/lib/copr/public_html');
}

const group = 'copr-backend-data';

async function arraysOf(world: ChangeWorld): Promise<string[]> {
  return [...stateOf(world, backend).arrays];
}

async function rulesMasked(world: ChangeWorld): Promise<void> {
  await world.sh(backend, 'mkdir -p /run/udev/rules.d && touch /run/udev/rules.d/64-md-raid-assembly.rules');
}

const rules = ['64-md-raid-assembly.rules', '65-md-incremental.rules'];
const rootLine = 'UUID=9a3c0e5d-77b1-4f5e-8a60-2f9b1c7d4e11 / ext4 defaults 1 1';

export const storageScenarios: readonly ChangeScenario[] = [
  {
    kind: 'unmount',
    title: 'one that nobody holds',
    arrange: async world => {
      await keygenStopped(world);
      return unmount({ host: atKeygen, mount: keyringMount(world) });
    },
    ...ssh(keygen, 'umount', /^unmounted$/),
    undo: 'change',
    view: mountsOf(keygen),
  },
  {
    kind: 'mount',
    title: 'by label',
    arrange: async world => {
      const spec = keyringMount(world);
      await keygenStopped(world);
      await world.sh(keygen, `umount ${spec.path}`);
      return mount({ host: atKeygen, mount: spec });
    },
    ...ssh(keygen, 'mount', /^mounted$/),
    undo: 'change',
    view: mountsOf(keygen),
  },
  {
    kind: 'mount',
    title: 'a bind mount',
    arrange: async world => {
      const spec = dataMount(world, frontend, '/var/lib/pgsql', '/srv/copr-fe/pgsql');
      await world.sh(frontend, 'systemctl stop postgresql && umount /var/lib/pgsql');
      return mount({ host: atFrontend, mount: spec });
    },
    ...ssh(frontend, 'mount', /^mounted$/),
    undo: 'change',
    view: mountsOf(frontend),
  },
  {
    kind: 'set-fstab-options',
    title: 'of the data volume',
    arrange: async () =>
      setFstabOptions({ host: atKeygen, paths: ['/var/lib/copr-keygen'], options: ['noauto', 'nofail'] }),
    ...ssh(keygen, 'write', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'replace-lines',
    title: 'one of fstab',
    arrange: async () =>
      replaceLines({
        host: atKeygen,
        path: '/etc/fstab',
        lines: [{ from: rootLine, to: rootLine.replace('defaults', 'noatime') }],
      }),
    ...ssh(keygen, 'write', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'set-volume-group-active',
    title: 'off',
    arrange: async world => {
      await backendUnmounted(world);
      return setVolumeGroupActive({ host: atBackend, group, active: false });
    },
    ...ssh(backend, 'vgchange', /^volume-group-/),
    undo: 'change',
    view: world => [...stateOf(world, backend).groups],
  },
  {
    kind: 'set-volume-group-active',
    title: 'on',
    arrange: async world => {
      await backendUnmounted(world);
      await world.sh(backend, `vgchange -an ${group}`);
      return setVolumeGroupActive({ host: atBackend, group, active: true });
    },
    ...ssh(backend, 'vgchange', /^volume-group-/),
    undo: 'change',
    view: world => [...stateOf(world, backend).groups],
  },
  {
    kind: 'set-volume-group-autoactivation',
    title: 'off',
    arrange: async () => setVolumeGroupAutoactivation({ host: atBackend, group, on: false }),
    ...ssh(backend, 'vgchange', /^volume-group-/),
    undo: 'change',
  },
  {
    kind: 'stop-arrays',
    title: 'both, with the rules masked',
    arrange: async world => {
      const arrays = await arraysOf(world);
      await backendUnmounted(world);
      await rulesMasked(world);
      await world.sh(backend, `vgchange -an ${group}`);
      return stopArrays({ host: atBackend, arrays });
    },
    ...ssh(backend, 'mdadm', /^array-/),
    undo: 'change',
    view: world => [...stateOf(world, backend).arrays].sort(),
  },
  {
    kind: 'assemble-arrays',
    title: 'both, with all members',
    arrange: async world => {
      const arrays = await arraysOf(world);
      await backendUnmounted(world);
      await rulesMasked(world);
      await world.sh(backend, `vgchange -an ${group}`);
      await world.sh(backend, 'mdadm --stop --scan');
      return assembleArrays({ host: atBackend, arrays });
    },
    ...ssh(backend, 'mdadm', /^array-/),
    undo: 'change',
    view: world => [...stateOf(world, backend).arrays].sort(),
  },
  {
    kind: 'set-udev-rules-masked',
    title: 'masked',
    arrange: async () => setUdevRulesMasked({ host: atBackend, rules, masked: true }),
    ...ssh(backend, 'udev', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'set-udev-rules-masked',
    title: 'unmasked',
    arrange: async world => {
      await world.sh(backend, `touch ${rules.map(rule => `/run/udev/rules.d/${rule}`).join(' ')}`);
      return setUdevRulesMasked({ host: atBackend, rules, masked: false });
    },
    ...ssh(backend, 'udev', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'make-file-system',
    title: 'on a new volume',
    arrange: async world => {
      const { compute } = world.writers;
      const tags = { FedoraGroup: 'copr', CoprPurpose: 'temporary' };
      const { volume } = await compute.createVolume({ zone: seededAccount.zone, sizeGiB: 8, tags }, sending());
      const state = async () => (await compute.volume(volume))?.attachments[0]?.state;
      await vi.waitFor(() => compute.attachVolume({ volume, instance: backend, device: '/dev/sdc' }, sending()));
      await vi.waitFor(async () => {
        if ((await state()) !== 'attached') throw new Error('not attached');
      });
      return makeFileSystem({ host: atBackend, volume, label: 'copr-repo' });
    },
    ...ssh(backend, 'mkfs.ext4', /file-system/),
    undo: 'none',
  },
];
