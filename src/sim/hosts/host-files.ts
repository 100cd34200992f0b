import { isDeepStrictEqual } from 'node:util';
import type { InMemoryFs } from 'just-bash';
import type { WorldState } from '../state.ts';
import { disks, isRoot, mapperPath, visibleArrays } from './devices.ts';
import { isMade } from './host-fs.ts';
import type { HostState } from './host-state.ts';

/** More than this of one file isn't kept. */
const longest = 4 * 1024 * 1024;

export type BaseFiles = Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;

/** Fills a new file system with the base. */
export function fill(fs: InMemoryFs, base: BaseFiles): void {
  for (const [path, { text, mode }] of Object.entries(base))
    fs.writeFileSync(path, text, undefined, { mode: mode ?? 0o644 });
}

/** Lays over it what differed from it. Of one file or link, `rm` and `symlink` are done when they return. */
export function refill(fs: InMemoryFs, files: HostState['files']): void {
  for (const [path, file] of Object.entries(files)) {
    if (file === null) void fs.rm(path, { force: true });
    else if ('link' in file) {
      void fs.rm(path, { force: true });
      void fs.symlink(file.link, path);
    } else if ((file.mode & 0o40000) !== 0) fs.mkdirSync(path, { recursive: true });
    else fs.writeFileSync(path, file.text, undefined, { mode: file.mode });
  }
}

/** What differs from the base now. */
export async function difference(
  fs: InMemoryFs,
  base: BaseFiles,
  folders: ReadonlySet<string>,
): Promise<HostState['files']> {
  const files: HostState['files'] = {};
  const seen = new Set<string>();
  for (const path of fs.getAllPaths()) {
    if (isMade(path)) continue;
    seen.add(path);
    const stat = await fs.lstat(path).catch(() => undefined);
    if (stat === undefined) continue;
    if (stat.isSymbolicLink) files[path] = { link: await fs.readlink(path) };
    else if (stat.isDirectory) {
      if (!folders.has(path)) files[path] = { text: '', mode: 0o40755 };
    } else {
      const text = (await fs.readFile(path)).slice(0, longest);
      const was = base[path];
      if (was === undefined || was.text !== text || (was.mode ?? 0o644) !== (stat.mode & 0o7777))
        files[path] = { text, mode: stat.mode & 0o7777 };
    }
  }
  for (const path of Object.keys(base)) if (!seen.has(path)) files[path] = null;
  return files;
}

/** Two differences from one base are the same. */
export function sameFiles(a: HostState['files'], b: HostState['files']): boolean {
  const paths = Object.keys(a);
  return paths.length === Object.keys(b).length && paths.every(path => isDeepStrictEqual(a[path], b[path]));
}

export function foldersOf(fs: InMemoryFs): ReadonlySet<string> {
  return new Set(fs.getAllPaths().filter(path => !isMade(path)));
}

/** Writes /proc and the device links as the state has them. */
export async function showState(fs: InMemoryFs, world: WorldState, host: HostState, now: number): Promise<void> {
  const alive = new Set(host.processes.map(one => String(one.pid)));
  for (const entry of await fs.readdir('/proc').catch(() => []))
    if (/^[0-9]+$/.test(entry) && !alive.has(entry)) await fs.rm(`/proc/${entry}`, { recursive: true, force: true });
  for (const process of host.processes) {
    const zeros = Array.from({ length: 17 }, () => '0').join(' ');
    const name = process.command.split(' ', 1)[0]?.split('/').at(-1) ?? 'sh';
    fs.writeFileSync(
      `/proc/${process.pid}/stat`,
      `${process.pid} (${name.slice(0, 15)}) S 1 ${zeros} ${process.start} 0 0\n`,
    );
    fs.writeFileSync(`/proc/${process.pid}/cmdline`, process.command.split(' ').join('\0'));
    fs.writeFileSync(`/proc/${process.pid}/comm`, `${name.slice(0, 15)}\n`);
  }
  for (const { target } of host.mounts) fs.mkdirSync(target, { recursive: true });
  fs.writeFileSync('/proc/sys/kernel/random/boot_id', `${host.bootId}\n`);
  const up = ((now - host.bootedAt) / 1000).toFixed(2);
  fs.writeFileSync('/proc/uptime', `${up} ${up}\n`);
  fs.writeFileSync('/proc/loadavg', '0.18 0.22 0.20 1/312 4242\n');
  fs.writeFileSync(
    '/proc/swaps',
    `Filename\tType\tSize\tUsed\tPriority\n${host.swap === '' ? '' : `${host.swap}\tfile\t16777212\t0\t-2\n`}`,
  );
  fs.writeFileSync('/proc/mdstat', mdstat(world, host));
  await links(fs, world, host);
}

function mdstat(world: WorldState, host: HostState): string {
  const arrays = visibleArrays(world, host).filter(({ array }) => host.arrays.includes(array.uuid));
  const lines = arrays.flatMap(({ array, members }, index) => [
    `md${127 - index} : active ${array.level} ${members.map(({ name }, nth) => `${name}p1[${nth}]`).join(' ')}`,
    `      ${members.length * 83_818_496} blocks super 1.2 [${array.members.length}/${members.length}] [${'U'.repeat(members.length)}]`,
    '',
  ]);
  const levels = [...new Set(arrays.map(({ array }) => `[${array.level}]`))].join(' ');
  return `Personalities : ${levels}\n${lines.map(line => `${line}\n`).join('')}unused devices: <none>\n`;
}

/** Device nodes and links: only what differs is touched, as others may be reading. */
async function links(fs: InMemoryFs, world: WorldState, host: HostState): Promise<void> {
  const wanted = new Map<string, string | undefined>();
  for (const disk of disks(world, host)) {
    wanted.set(`/dev/${disk.name}`, undefined);
    wanted.set(`/dev/disk/by-id/${disk.link}`, `/dev/${disk.name}`);
    const { member, fileSystem } = disk.volume.Content;
    if (member !== undefined || isRoot(world, host, disk)) {
      wanted.set(`/dev/${disk.name}p1`, undefined);
      wanted.set(`/dev/disk/by-id/${disk.link}-part1`, `/dev/${disk.name}p1`);
    }
    if (fileSystem === undefined) continue;
    wanted.set(`/dev/disk/by-label/${fileSystem.label}`, `/dev/${disk.name}`);
    wanted.set(`/dev/disk/by-uuid/${fileSystem.uuid}`, `/dev/${disk.name}`);
  }
  for (const { array } of visibleArrays(world, host))
    if (host.arrays.includes(array.uuid)) wanted.set(`/dev/md/${array.name}`, undefined);
  for (const id of host.groups) {
    const group = world.volumeGroups[id];
    if (group === undefined) continue;
    const path = mapperPath(group.name);
    wanted.set(path, undefined);
    wanted.set(`/dev/disk/by-label/${group.fileSystem.label}`, path);
    wanted.set(`/dev/disk/by-uuid/${group.fileSystem.uuid}`, path);
  }
  for (const folder of [
    '/dev/disk/by-id',
    '/dev/disk/by-label',
    '/dev/disk/by-uuid',
    '/dev/md',
    '/dev/mapper',
    '/sys/fs/selinux',
  ])
    fs.mkdirSync(folder, { recursive: true });
  for (const path of fs.getAllPaths()) {
    if (!/^\/dev\/(?:disk\/[^/]+\/|md\/|mapper\/|nvme)/.test(path)) continue;
    if (!wanted.has(path)) await fs.rm(path, { force: true });
  }
  for (const [path, target] of wanted) {
    const there = await fs.lstat(path).catch(() => undefined);
    if (target === undefined) {
      if (there === undefined) fs.writeFileSync(path, '');
    } else if (there === undefined) await fs.symlink(target, path);
    else if ((await fs.readlink(path)) !== target) {
      await fs.rm(path, { force: true });
      await fs.symlink(target, path);
    }
  }
}
