import { done, failed, type HostCommand, has, split } from '../call.ts';
import { disks, findMountable, isRoot, mountables, sameFileSystem, visibleArrays } from '../devices.ts';
import type { VirtualHost } from '../virtual-host.ts';

interface Row {
  readonly [column: string]: string;
}

function rowsOf(host: VirtualHost): readonly Row[] {
  const world = host.kernel.state;
  const targets = (path: string) => {
    const found = mountables(world, host.state).find(one => one.path === path);
    return found === undefined
      ? ''
      : host.state.mounts
          .filter(one => sameFileSystem(one.on, found.on))
          .map(one => one.target)
          .join('\n');
  };
  const rows: Row[] = [];
  const add = (row: Row) => rows.push({ MOUNTPOINT: (row.MOUNTPOINTS ?? '').split('\n')[0] ?? '', ...row });
  for (const disk of disks(world, host.state)) {
    const { fileSystem, member } = disk.volume.Content;
    const path = `/dev/${disk.name}`;
    const root = isRoot(world, host.state, disk);
    add({
      NAME: disk.name,
      KNAME: disk.name,
      PATH: path,
      TYPE: 'disk',
      SERIAL: disk.serial,
      SIZE: String(disk.volume.Size * 1024 ** 3),
      MODEL: 'Amazon Elastic Block Store',
      FSTYPE: fileSystem?.type ?? '',
      LABEL: fileSystem?.label ?? '',
      UUID: fileSystem?.uuid ?? '',
      MOUNTPOINTS: targets(path),
      PKNAME: '',
      RO: '0',
    });
    if (root)
      add({
        NAME: `${disk.name}p4`,
        KNAME: `${disk.name}p4`,
        PATH: `${path}p4`,
        TYPE: 'part',
        SIZE: String(disk.volume.Size * 1024 ** 3),
        FSTYPE: 'ext4',
        LABEL: 'fedora',
        UUID: '9a3c0e5d-77b1-4f5e-8a60-2f9b1c7d4e11',
        MOUNTPOINTS: '/',
        PKNAME: disk.name,
        RO: '0',
      });
    if (member !== undefined)
      add({
        NAME: `${disk.name}p1`,
        KNAME: `${disk.name}p1`,
        PATH: `${path}p1`,
        TYPE: 'part',
        SIZE: String(disk.volume.Size * 1024 ** 3),
        FSTYPE: 'linux_raid_member',
        LABEL: `${host.state.name}:${member.array}`,
        UUID: member.uuid,
        MOUNTPOINTS: '',
        PKNAME: disk.name,
        RO: '0',
      });
  }
  for (const { array } of visibleArrays(world, host.state))
    if (host.state.arrays.includes(array.uuid))
      add({
        NAME: array.name,
        KNAME: `md-${array.name}`,
        PATH: `/dev/md/${array.name}`,
        TYPE: array.level,
        FSTYPE: 'LVM2_member',
        MOUNTPOINTS: '',
        PKNAME: '',
      });
  for (const found of mountables(world, host.state))
    if ('group' in found.on)
      add({
        NAME: found.path.slice('/dev/mapper/'.length),
        KNAME: 'dm-0',
        PATH: found.path,
        TYPE: 'lvm',
        FSTYPE: found.fileSystem.type,
        LABEL: found.fileSystem.label,
        UUID: found.fileSystem.uuid,
        MOUNTPOINTS: targets(found.path),
        PKNAME: '',
      });
  return rows;
}

export const lsblk: HostCommand = ({ host, args }) => {
  const { flags, values, operands } = split(args, ['-o', '--output']);
  const columns = (
    values.get('-o') ??
    values.get('--output') ??
    (has(flags, '-f') ? 'NAME,FSTYPE,LABEL,UUID,MOUNTPOINTS' : 'NAME,SIZE,RO,TYPE,MOUNTPOINTS')
  )
    .replace(/^\+/, 'NAME,SIZE,TYPE,')
    .toUpperCase()
    .split(',');
  const names = operands.map(path => findMountable(host.kernel.state, host.state, path)?.path ?? path);
  const rows = rowsOf(host)
    .filter(row => names.length === 0 || names.includes(row.PATH ?? ''))
    .filter(row => !has(flags, '-d', '--nodeps') || row.TYPE === 'disk');
  if (operands.length > 0 && rows.length === 0) return failed(`lsblk: ${operands[0]}: not a block device`, 32);
  const cell = (row: Row, column: string) =>
    (column === 'NAME' && has(flags, '-p', '--paths') ? row.PATH : row[column]) ?? '';
  if (has(flags, '-J', '--json')) {
    const blockdevices = rows.map(row =>
      Object.fromEntries(
        columns.map(column => {
          const text = cell(row, column);
          if (column === 'MOUNTPOINTS') return ['mountpoints', text === '' ? [null] : text.split('\n')];
          return [
            column.toLowerCase(),
            text === '' ? null : column === 'SIZE' && has(flags, '-b', '--bytes') ? Number(text) : text,
          ];
        }),
      ),
    );
    return done(JSON.stringify({ blockdevices }, undefined, 3));
  }
  if (has(flags, '-P', '--pairs'))
    return done(rows.map(row => columns.map(column => `${column}="${cell(row, column)}"`).join(' ')).join('\n'));
  const lines = rows.map(row =>
    columns
      .map(column => cell(row, column).replaceAll('\n', ','))
      .join(' ')
      .trimEnd(),
  );
  return done([...(has(flags, '-n', '--noheadings') ? [] : [columns.join(' ')]), ...lines].join('\n'));
};

/** Exit 2 when nothing is found, as blkid does. */
export const blkid: HostCommand = ({ host, args }) => {
  const { values, operands } = split(args, ['-o', '-s', '-L', '-U', '-t', '-c']);
  const all = mountables(host.kernel.state, host.state);
  const label = values.get('-L');
  const uuid = values.get('-U');
  if (label !== undefined || uuid !== undefined) {
    const found = all.find(one => one.fileSystem.label === label || one.fileSystem.uuid === uuid);
    return found === undefined ? failed('', 2) : done(found.path);
  }
  const [, tag, wanted] = /^(LABEL|UUID|TYPE)=(.*)$/.exec(values.get('-t') ?? '') ?? [];
  const found = all
    .filter(
      one =>
        operands.length === 0 ||
        operands.some(
          path =>
            findMountable(host.kernel.state, host.state, path) === one ||
            sameFileSystem(findMountable(host.kernel.state, host.state, path)?.on ?? { root: true }, one.on),
        ),
    )
    .filter(
      one =>
        tag === undefined ||
        ({ LABEL: one.fileSystem.label, UUID: one.fileSystem.uuid, TYPE: one.fileSystem.type } as Row)[tag] === wanted,
    );
  if (found.length === 0) return failed('', 2);
  const only = values.get('-s')?.split(',');
  const lines = found.map(({ path, fileSystem }) => {
    const tags = Object.entries({ LABEL: fileSystem.label, UUID: fileSystem.uuid, TYPE: fileSystem.type }).filter(
      ([key]) => only === undefined || only.includes(key),
    );
    switch (values.get('-o')) {
      case 'value':
        return tags.map(([, value]) => value).join('\n');
      case 'device':
        return path;
      case 'export':
        return [`DEVNAME=${path}`, ...tags.map(([key, value]) => `${key}=${value}`)].join('\n');
      default:
        return `${path}: ${tags.map(([key, value]) => `${key}="${value}"`).join(' ')}`;
    }
  });
  return done(lines.join('\n'));
};

export const mkfs: HostCommand = async call => {
  const { host } = call;
  const { values, operands } = split(call.args, ['-L', '-U', '-t', '-b', '-m', '-E', '-O']);
  const path = operands[0] ?? '';
  const target = await host.fs.realpath(path).catch(() => path);
  const disk = disks(host.kernel.state, host.state).find(one => `/dev/${one.name}` === target);
  if (disk === undefined) return failed(`mkfs.ext4: The file ${path} does not exist and no size was specified.`);
  if (host.state.mounts.some(mount => 'volume' in mount.on && mount.on.volume === disk.volume.VolumeId))
    return failed(`${path} is mounted; will not make a filesystem here!`);
  await host.wait(4_000, call.session);
  const [hex = ''] = disk.volume.VolumeId.split('-').slice(1);
  disk.volume.Content = {
    fileSystem: {
      uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4000-8000-${hex.slice(5, 17).padEnd(12, '0')}`,
      label: values.get('-L') ?? '',
      type: 'ext4',
      owner: 'root:root',
      context: 'system_u:object_r:unlabeled_t:s0',
      data: {},
    },
  };
  host.effect('file-system-made', { volume: disk.volume.VolumeId, label: values.get('-L') ?? '' });
  return done(`Creating filesystem on ${path}`);
};
