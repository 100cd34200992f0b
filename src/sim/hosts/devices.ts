import type { SimFileSystem, SimVolume, WorldState } from '../state.ts';
import type { FileSystemRef, HostState } from './host-state.ts';

/** A disk as a host sees it: NVMe, whose serial number is the volume's id without its dash. */
export interface Disk {
  readonly name: string;
  readonly volume: SimVolume;
  readonly serial: string;
  /** The by-id link's name. */
  readonly link: string;
}

/** A file system that the host can mount now. */
export interface Mountable {
  readonly on: FileSystemRef;
  /** /dev/nvme1n1, /dev/mapper/… */
  readonly path: string;
  readonly fileSystem: SimFileSystem;
}

export function disks(world: WorldState, host: HostState): readonly Disk[] {
  const found = Object.values(world.volumes).filter(volume =>
    volume.Attachments.some(one => one.InstanceId === host.id && one.State !== 'attaching'),
  );
  const rootDevice = world.instances[host.id]?.RootDeviceName;
  for (const volume of found) {
    if (host.nvme[volume.VolumeId] !== undefined) continue;
    const isRoot = volume.Attachments.some(one => one.InstanceId === host.id && one.Device === rootDevice);
    const taken = new Set(found.map(one => host.nvme[one.VolumeId]));
    let index = isRoot ? 0 : 1;
    while (taken.has(index)) index += 1;
    host.nvme[volume.VolumeId] = index;
  }
  return found
    .map(volume => {
      const serial = volume.VolumeId.replace('-', '');
      return {
        name: `nvme${host.nvme[volume.VolumeId]}n1`,
        volume,
        serial,
        link: `nvme-Amazon_Elastic_Block_Store_${serial}`,
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

export function isRoot(world: WorldState, host: HostState, disk: Disk): boolean {
  const device = world.instances[host.id]?.RootDeviceName;
  return disk.volume.Attachments.some(one => one.InstanceId === host.id && one.Device === device);
}

/** Name of a volume group's one volume below /dev/mapper. */
export function mapperPath(group: string): string {
  return `/dev/mapper/${group.replaceAll('-', '--')}-data`;
}

export function mountables(world: WorldState, host: HostState): readonly Mountable[] {
  const list: Mountable[] = [];
  for (const disk of disks(world, host)) {
    if (disk.volume.Content.fileSystem !== undefined)
      list.push({
        on: { volume: disk.volume.VolumeId },
        path: `/dev/${disk.name}`,
        fileSystem: disk.volume.Content.fileSystem,
      });
  }
  for (const id of host.groups) {
    const group = world.volumeGroups[id];
    if (group !== undefined)
      list.push({ on: { group: id }, path: mapperPath(group.name), fileSystem: group.fileSystem });
  }
  return list;
}

/** Finds what "LABEL=x", "UUID=x" or a path names; links below /dev/disk and the by-id names count. */
export function findMountable(world: WorldState, host: HostState, spec: string): Mountable | undefined {
  const all = mountables(world, host);
  const [, tag, value] = /^(LABEL|UUID)=(?:"(.*)"|(.*))$/.exec(spec)?.filter(part => part !== undefined) ?? [];
  if (tag === 'LABEL') return all.find(one => one.fileSystem.label === value);
  if (tag === 'UUID') return all.find(one => one.fileSystem.uuid === value);
  const byLabel = /^\/dev\/disk\/by-label\/(.+)$/.exec(spec)?.[1];
  if (byLabel !== undefined) return all.find(one => one.fileSystem.label === byLabel);
  const byUuid = /^\/dev\/disk\/by-uuid\/(.+)$/.exec(spec)?.[1];
  if (byUuid !== undefined) return all.find(one => one.fileSystem.uuid === byUuid);
  const byId = /^\/dev\/disk\/by-id\/(.+)$/.exec(spec)?.[1];
  if (byId !== undefined) {
    const disk = disks(world, host).find(one => one.link === byId);
    return all.find(one => one.path === `/dev/${disk?.name}`);
  }
  const group = Object.values(world.volumeGroups).find(one => `/dev/${one.name}/data` === spec);
  return all.find(one => one.path === (group === undefined ? spec : mapperPath(group.name)));
}

export function fileSystemOf(world: WorldState, on: FileSystemRef): SimFileSystem | undefined {
  if ('volume' in on) return world.volumes[on.volume]?.Content.fileSystem;
  if ('group' in on) return world.volumeGroups[on.group]?.fileSystem;
  return undefined;
}

export function sameFileSystem(a: FileSystemRef, b: FileSystemRef): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Arrays of which at least one member is attached: with the members that are. */
export function visibleArrays(world: WorldState, host: HostState) {
  const seen = disks(world, host);
  return Object.values(world.arrays).flatMap(array => {
    const members = seen.filter(disk => disk.volume.Content.member?.uuid === array.uuid);
    return members.length === 0 ? [] : [{ array, members }];
  });
}

/** Assembles every array that is whole, and its volume groups; what udev's rules do when the last member appears. */
export function assemble(world: WorldState, host: HostState): readonly string[] {
  const started: string[] = [];
  for (const { array, members } of visibleArrays(world, host)) {
    if (host.arrays.includes(array.uuid) || members.length < array.members.length) continue;
    host.arrays.push(array.uuid);
    started.push(array.uuid);
  }
  return started;
}

/** Volume groups whose arrays are all assembled here. */
export function wholeGroups(world: WorldState, host: HostState): readonly string[] {
  return Object.entries(world.volumeGroups)
    .filter(([, group]) => group.arrays.every(uuid => host.arrays.includes(uuid)))
    .map(([id]) => id);
}

/** Whether a host still has a volume mounted, in an array or in a volume group. */
export function holdsVolume(world: WorldState, host: HostState, volume: string): boolean {
  const content = world.volumes[volume]?.Content;
  if (host.mounts.some(mount => 'volume' in mount.on && mount.on.volume === volume)) return true;
  return content?.member !== undefined && host.arrays.includes(content.member.uuid);
}
