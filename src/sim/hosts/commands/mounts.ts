import { type Call, done, failed, type HostCommand, has, type Outcome, split } from '../call.ts';
import { fileSystemOf, findMountable, mountables, sameFileSystem } from '../devices.ts';
import type { SimMount, SimProcess } from '../host-state.ts';
import type { VirtualHost } from '../virtual-host.ts';

interface FstabLine {
  readonly spec: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

export async function fstab(host: VirtualHost): Promise<readonly FstabLine[]> {
  const text = await host.fs.readFile('/etc/fstab').catch(() => '');
  return text
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(words => words.length >= 3 && !words[0]?.startsWith('#'))
    .map(([spec = '', target = '', type = '', options = 'defaults']) => ({
      spec,
      target,
      type,
      options: options.split(','),
    }));
}

const below = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** Processes that keep a mount from going. */
export function holders(host: VirtualHost, target: string): readonly SimProcess[] {
  return host.state.processes.filter(process => process.holds.some(path => below(path, target)));
}

/** Mounts one file system or bind; the owner and context of the root come with the file system. */
export async function mountAt(
  host: VirtualHost,
  spec: string,
  target: string,
  options: readonly string[],
): Promise<string | undefined> {
  if (host.state.mounts.some(mount => mount.target === target)) return `mount: ${target}: ${spec} already mounted.`;
  const bind = options.includes('bind');
  if (bind) {
    const source = host.state.mounts.find(mount => below(spec, mount.target));
    if (source === undefined) return `mount: ${target}: special device ${spec} does not exist.`;
    host.state.mounts.push({ target, on: source.on, options: 'rw,relatime,bind', bind: spec });
  } else {
    const found = findMountable(host.kernel.state, host.state, spec);
    if (found === undefined)
      return /^(?:LABEL|UUID)=/.test(spec)
        ? `mount: ${target}: can't find ${spec.replaceAll('"', '')}.`
        : `mount: ${target}: special device ${spec} does not exist.`;
    const plain = options.filter(
      one => !['defaults', 'noauto', 'nofail', 'auto'].includes(one) && !one.startsWith('X-'),
    );
    host.state.mounts.push({ target, on: found.on, options: ['rw', ...plain, 'relatime'].join(',') });
  }
  await showData(host, target);
  host.effect('mounted', { target, source: spec });
  return undefined;
}

const versionFile = '/var/lib/pgsql/data/PG_VERSION';
/** What an upgrade left beside the new cluster. */
const oldVersionFile = '/var/lib/pgsql/data-old/PG_VERSION';

/** The few files of a volume's data that commands look at; they come with its mount. */
async function showData(host: VirtualHost, target: string): Promise<void> {
  host.fs.mkdirSync(target, { recursive: true });
  const mounted = host.state.mounts.find(one => one.target === target);
  const data = mounted === undefined ? undefined : fileSystemOf(host.kernel.state, mounted.on)?.data;
  if (target !== '/var/lib/pgsql') return;
  if (data?.postgresMajor !== undefined) host.fs.writeFileSync(versionFile, `${data.postgresMajor}\n`);
  if (data?.oldMajor !== undefined) host.fs.writeFileSync(oldVersionFile, `${data.oldMajor}\n`);
}

/** What changed in those files goes back to the volume with the unmount. */
async function hideData(host: VirtualHost, mounted: SimMount): Promise<void> {
  if (mounted.target !== '/var/lib/pgsql') return;
  const on = fileSystemOf(host.kernel.state, mounted.on);
  const version = Number(await host.fs.readFile(versionFile).catch(() => ''));
  if (on !== undefined && version > 0) on.data.postgresMajor = version;
  const old = Number(await host.fs.readFile(oldVersionFile).catch(() => ''));
  if (on !== undefined && old > 0) on.data.oldMajor = old;
  else if (on !== undefined) delete on.data.oldMajor;
  await host.fs.rm('/var/lib/pgsql/data', { recursive: true, force: true });
  await host.fs.rm('/var/lib/pgsql/data-old', { recursive: true, force: true });
}

export const mount: HostCommand = async call => {
  const { host } = call;
  const { flags, values, operands } = split(call.args, ['-o', '-t', '-L', '-U']);
  if (call.args.length === 0) return done(host.state.mounts.map(one => mountLine(host, one)).join('\n'));
  const given = (values.get('-o') ?? '').split(',').filter(word => word !== '');
  if (flags.includes('--bind')) given.push('bind');
  await host.wait(800, call.session);
  const label = values.get('-L');
  const uuid = values.get('-U');
  const named = label !== undefined ? `LABEL=${label}` : uuid !== undefined ? `UUID=${uuid}` : undefined;
  if (has(flags, '-a', '--all')) {
    const errors = await mountAll(host);
    return errors.length === 0 ? done() : failed(errors.join('\n'), 32);
  }
  const first = named ?? operands[0] ?? '';
  const target = named === undefined ? operands[1] : operands[0];
  if (target !== undefined) return answer(await mountAt(host, first, target.replace(/(.)\/$/, '$1'), given));
  const line = (await fstab(host)).find(one => one.target === first || one.spec === first);
  if (line === undefined) return failed(`mount: ${first}: can't find in /etc/fstab.`, 1);
  return answer(await mountAt(host, line.spec, line.target, [...line.options, ...given]));
};

/** What a boot and `mount -a` mount. @returns why not, for each line without `nofail`. */
export async function mountAll(host: VirtualHost): Promise<readonly string[]> {
  const errors: string[] = [];
  for (const line of await fstab(host)) {
    const there = host.state.mounts.some(one => one.target === line.target);
    if (line.target === '/' || there || line.options.includes('noauto')) continue;
    const why = await mountAt(host, line.spec, line.target, line.options);
    if (why !== undefined && !line.options.includes('nofail')) errors.push(why);
  }
  return errors;
}

function answer(why: string | undefined): Outcome {
  return why === undefined ? done() : failed(why, 32);
}

export const umount: HostCommand = async call => {
  const { host } = call;
  const { flags, operands } = split(call.args);
  await host.wait(800, call.session);
  for (const target of operands) {
    const mounted = host.state.mounts.findLast(one => one.target === target);
    if (mounted === undefined) return failed(`umount: ${target}: not mounted.`, 32);
    const inner = host.state.mounts.some(one => one !== mounted && one.target.startsWith(`${target}/`));
    const lazily = has(flags, '-l', '--lazy');
    if (!lazily && (inner || holders(host, target).length > 0)) return failed(`umount: ${target}: target is busy.`, 32);
    await hideData(host, mounted);
    host.state.mounts = host.state.mounts.filter(one => one !== mounted);
    host.effect('unmounted', { target });
  }
  return done();
};

function sourceOf(host: VirtualHost, one: SimMount): string {
  const device =
    'root' in one.on
      ? '/dev/nvme0n1p4'
      : (mountables(host.kernel.state, host.state).find(found => sameFileSystem(found.on, one.on))?.path ?? 'none');
  if (one.bind === undefined) return device;
  const over = host.state.mounts.find(mount => mount.bind === undefined && sameFileSystem(mount.on, one.on));
  return `${device}[${one.bind.slice(over?.target.length ?? 0)}]`;
}

function mountLine(host: VirtualHost, one: SimMount): string {
  return `${sourceOf(host, one)} on ${one.target} type ext4 (${one.options})`;
}

/** findmnt over the mounts, or over fstab with -s. Exit 1 when nothing is found. */
export const findmnt: HostCommand = async call => {
  const { host } = call;
  const { flags, values, operands } = split(call.args, [
    '-o',
    '-M',
    '-T',
    '-S',
    '-t',
    '--output',
    '--target',
    '--source',
    '--mountpoint',
  ]);
  const world = host.kernel.state;
  const rootMount: SimMount = { target: '/', on: { root: true }, options: 'rw,relatime' };
  const all = [rootMount, ...host.state.mounts];
  const rows = has(flags, '-s', '--fstab')
    ? (await fstab(host)).map(line => ({
        TARGET: line.target,
        SOURCE: line.spec,
        FSTYPE: line.type,
        OPTIONS: line.options.join(','),
        LABEL: '',
        UUID: '',
        FSROOT: '',
      }))
    : all.map(one => {
        const on = fileSystemOf(world, one.on);
        const bare = has(flags, '--nofsroot') || flags.includes('-v');
        return {
          TARGET: one.target,
          SOURCE: bare ? sourceOf(host, one).replace(/\[.*/, '') : sourceOf(host, one),
          FSTYPE: on?.type ?? 'ext4',
          OPTIONS: one.options,
          LABEL: on?.label ?? '',
          UUID: on?.uuid ?? '9a3c0e5d-77b1-4f5e-8a60-2f9b1c7d4e11',
          FSROOT: one.bind ?? '/',
        };
      });
  let found = rows;
  const exactly = values.get('-M') ?? values.get('--mountpoint');
  const within = values.get('-T') ?? values.get('--target');
  const from = values.get('-S') ?? values.get('--source');
  const fits = (row: (typeof rows)[number], spec: string) =>
    row.SOURCE === spec ||
    row.SOURCE.startsWith(`${spec}[`) ||
    `LABEL=${row.LABEL}` === spec ||
    `UUID=${row.UUID}` === spec;
  if (exactly !== undefined) found = rows.filter(row => row.TARGET === exactly);
  if (within !== undefined) {
    const best = rows.filter(row => row.TARGET === '/' || below(within, row.TARGET));
    best.sort((a, b) => b.TARGET.length - a.TARGET.length);
    found = best.slice(0, 1);
  }
  if (from !== undefined) found = found.filter(row => fits(row, from));
  for (const word of operands) found = found.filter(row => row.TARGET === word || fits(row, word));
  if (found.length === 0) return failed('', 1);
  const columns = (values.get('-o') ?? values.get('--output') ?? 'TARGET,SOURCE,FSTYPE,OPTIONS')
    .toUpperCase()
    .split(',');
  const cells = found.map(row => columns.map(column => (row as Record<string, string>)[column] ?? ''));
  if (has(flags, '-J', '--json')) {
    const filesystems = cells.map(row =>
      Object.fromEntries(columns.map((column, nth) => [column.toLowerCase(), row[nth] || null])),
    );
    return done(JSON.stringify({ filesystems }, undefined, 3));
  }
  if (has(flags, '-P', '--pairs'))
    return done(cells.map(row => columns.map((column, nth) => `${column}="${row[nth]}"`).join(' ')).join('\n'));
  const head = has(flags, '-n', '--noheadings') ? [] : [columns.join(' ')];
  return done([...head, ...cells.map(row => row.join(' ').trimEnd())].join('\n'));
};

/** What `fuser` and `lsof` say of a path. */
export const fuser: HostCommand = ({ host, args }: Call) => {
  const { flags, operands } = split(args);
  if (has(flags, '-k', '--kill')) return failed('fuser: -k is not for this estate', 1);
  const lines: string[] = [];
  const pids: number[] = [];
  for (const path of operands) {
    const found = holders(host, path);
    pids.push(...found.map(({ pid }) => pid));
    for (const { user, pid, command } of found)
      lines.push(`${user.padEnd(12)}${String(pid).padStart(7)} F.c.. ${nameOf(command)}`);
    if (found.length > 0) lines.unshift(`${' '.repeat(21)}USER        PID ACCESS COMMAND`, `${path}:`);
  }
  if (pids.length === 0) return failed('', 1);
  // fuser writes ids to its standard output, everything else to the other one.
  return {
    code: 0,
    out: pids.map(pid => ` ${pid}`).join(''),
    err: has(flags, '-v', '--verbose') ? `${lines.join('\n')}\n` : '\n',
  };
};

export const lsof: HostCommand = ({ host, args }: Call) => {
  const { flags, values, operands } = split(args, ['-F', '-p', '-u', '-c']);
  const pids = values.get('-p')?.split(',').map(Number);
  const found = host.state.processes.filter(
    process =>
      (pids === undefined || pids.includes(process.pid)) &&
      (operands.length === 0 || operands.some(path => process.holds.some(held => below(held, path)))),
  );
  if (found.length === 0) return failed('', 1);
  if (has(flags, '-t')) return done(found.map(({ pid }) => String(pid)).join('\n'));
  const fields = [...flags, ...values.keys()].some(flag => flag.startsWith('-F'));
  if (fields)
    return done(
      found
        .map(({ pid, command, user, holds }) => `p${pid}\nc${nameOf(command)}\nL${user}\nfcwd\nn${holds[0] ?? '/'}`)
        .join('\n'),
    );
  const lines = found.map(
    ({ pid, command, user, holds }) =>
      `${nameOf(command).slice(0, 9).padEnd(9)} ${pid} ${user} cwd DIR 259,1 4096 2 ${holds[0] ?? '/'}`,
  );
  return done(['COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME', ...lines].join('\n'));
};

/** The program's own name: of a script, the script's. */
export function nameOf(command: string): string {
  const [program = '', script] = command.split(' ');
  const named = /python3?$|perl$|sh$/.test(program) && script?.startsWith('/') ? script : program;
  return named.split('/').at(-1) ?? named;
}
