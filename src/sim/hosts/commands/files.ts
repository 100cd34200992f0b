import { type Call, done, exec, failed, type HostCommand, has, type Outcome, outcomeOf, split } from '../call.ts';
import { fileSystemOf } from '../devices.ts';
import type { VirtualHost } from '../virtual-host.ts';

const nothing: HostCommand = () => done();
/** Ownership and contexts of single files aren't kept: what sets them succeeds when the file is there. */
const onFile: HostCommand = async ({ host, args, name }) => {
  const { operands } = split(args, ['-t', '-u', '-r']);
  const path = operands.at(-1);
  if (path === undefined || (await host.fs.exists(path))) return done();
  return failed(`${name}: cannot access '${path}': No such file or directory`);
};

async function original({ ctx, args, name }: Call): Promise<Outcome> {
  if (ctx.origCommand === undefined) return failed(`${name}: not found`, 127);
  const result = await ctx.origCommand([...args]);
  return outcomeOf(result);
}

export const umask = nothing;
export const chown = onFile;
export const chgrp = onFile;
export const chcon = onFile;
export const restorecon = onFile;
export const semanage = nothing;

export const sync: HostCommand = async ({ host, args, session }) => {
  if (args.length === 0) await host.wait(1_000, session);
  for (const path of args.filter(word => !word.startsWith('-')))
    if (!(await host.fs.exists(path))) return failed(`sync: error opening '${path}': No such file or directory`);
  return done();
};

export const chmod: HostCommand = async call => {
  const reference = call.args.find(word => word.startsWith('--reference='))?.slice('--reference='.length);
  if (reference === undefined) return original(call);
  const { mode } = await call.host.fs.stat(reference);
  await call.host.fs.chmod(call.args.at(-1) ?? '', mode & 0o7777);
  return done();
};

/** Owner and context: of a mount's root those of its file system. */
function rootOf(host: VirtualHost, path: string): { owner: string; context: string; isMount: boolean } {
  const clean = path.replace(/(.)\/$/, '$1');
  const mount = host.state.mounts.find(one => one.target === clean);
  const on = mount === undefined ? undefined : fileSystemOf(host.kernel.state, mount.on);
  if (clean === '/var/lib/pgsql' && on !== undefined)
    return { owner: 'postgres:postgres', context: 'system_u:object_r:postgresql_db_t:s0', isMount: true };
  if (on !== undefined) return { owner: on.owner, context: on.context, isMount: true };
  return { owner: 'root:root', context: 'system_u:object_r:default_t:s0', isMount: false };
}

export const stat: HostCommand = async call => {
  const { host } = call;
  const { values, operands } = split(call.args, ['-c', '--format', '--printf']);
  const format = values.get('-c') ?? values.get('--format') ?? values.get('--printf');
  if (format === undefined) return original(call);
  const lines: string[] = [];
  for (const path of operands) {
    const found = await (has(call.args, '-L', '--dereference') ? host.fs.stat(path) : host.fs.lstat(path)).catch(
      () => undefined,
    );
    if (found === undefined)
      return failed(`stat: cannot statx '${path}': No such file or directory`, 1, lines.join('\n'));
    const { owner, context } = rootOf(host, path);
    const [user = 'root', group = 'root'] = owner.split(':');
    const parts: Record<string, string> = {
      U: user,
      G: group,
      u: user === 'root' ? '0' : '1000',
      g: group === 'root' ? '0' : '1000',
      C: context,
      Y: String(Math.floor(found.mtime.getTime() / 1000)),
      y: found.mtime.toISOString(),
      s: String(found.size),
      n: path,
      a: (found.mode & 0o7777).toString(8),
      F: found.isDirectory ? 'directory' : found.isSymbolicLink ? 'symbolic link' : 'regular file',
      h: '1',
      i: '2',
      m: host.state.mounts.findLast(one => path === one.target || path.startsWith(`${one.target}/`))?.target ?? '/',
    };
    lines.push(format.replace(/%([A-Za-z%])/g, (_, letter: string) => (letter === '%' ? '%' : (parts[letter] ?? '?'))));
  }
  return values.has('--printf')
    ? { code: 0, out: lines.join('').replaceAll('\\n', '\n'), err: '' }
    : done(lines.join('\n'));
};

export const ls: HostCommand = async call => {
  const flags = call.args.filter(word => word.startsWith('-'));
  const folder = call.args.find(word => word.startsWith('/'));
  if (has(flags, '-1') && has(flags, '-t') && folder !== undefined) return newestFirst(call, folder);
  if (!has(flags, '-Z')) return original(call);
  const lines = call.args
    .filter(word => !word.startsWith('-'))
    .map(path => {
      const { owner, context } = rootOf(call.host, path);
      return `drwxr-xr-x. 2 ${owner.replace(':', ' ')} ${context} 4096 Nov 1 06:12 ${path}`;
    });
  return done(lines.join('\n'));
};

/** `ls -1 -t`, which the shell's own doesn't sort by time. */
async function newestFirst({ host }: Call, folder: string): Promise<Outcome> {
  const names = await host.fs.readdir(folder).catch(() => undefined);
  if (names === undefined) return failed(`ls: cannot access '${folder}': No such file or directory`, 2);
  const dated = await Promise.all(
    names.map(async name => ({ name, at: (await host.fs.lstat(`${folder}/${name}`)).mtime.getTime() })),
  );
  return done(
    dated
      .toSorted((a, b) => b.at - a.at)
      .map(one => one.name)
      .join('\n'),
  );
}

/** From a byte on (`-c +N`), which the shell's own tail takes for the last N. */
export const tail: HostCommand = async call => {
  const from = /^\+(\d+)$/.exec(call.args[call.args.indexOf('-c') + 1] ?? '')?.[1];
  const path = call.args.at(-1) ?? '';
  if (!call.args.includes('-c') || from === undefined || !path.startsWith('/')) return original(call);
  const bytes = await call.host.fs.readFileBuffer(path);
  return { code: 0, out: Buffer.from(bytes.subarray(Math.max(0, Number(from) - 1))).toString('utf8'), err: '' };
};

export const getfattr: HostCommand = ({ host, args }) => {
  const { operands } = split(args, ['-n', '-m']);
  return done(operands.map(path => rootOf(host, path).context).join('\n'));
};

export const mountpoint: HostCommand = ({ host, args }) => {
  const path = args.find(word => !word.startsWith('-')) ?? '';
  const yes = rootOf(host, path).isMount || path === '/';
  const said = `${path} is ${yes ? '' : 'not '}a mountpoint\n`;
  return { code: yes ? 0 : 32, out: has(args, '-q') ? '' : said, err: '' };
};

export const df: HostCommand = ({ host, args }) => {
  const { values, operands } = split(args, ['-B', '--output', '--block-size']);
  const targets = operands.length === 0 ? ['/', ...host.state.mounts.map(one => one.target)] : operands;
  const columns = (values.get('--output') ?? 'source,size,used,avail,pcent,target').split(',');
  const facts: Record<string, (target: string) => string> = {
    source: () => '/dev/nvme',
    size: () => '52428800',
    used: () => '14680064',
    avail: () => '37748736',
    pcent: () => '28%',
    target: one => one,
    ipcent: () => '3%',
    fstype: () => 'ext4',
    iavail: () => '3100000',
    itotal: () => '3200000',
    iused: () => '100000',
    file: one => one,
  };
  return done(
    [
      columns.map(one => one.toUpperCase()).join(' '),
      ...targets.map(one => columns.map(column => facts[column]?.(one) ?? '-').join(' ')),
    ].join('\n'),
  );
};

export const du: HostCommand = async call => {
  if (!call.args.includes('--inodes')) return original(call);
  const paths = call.host.fs.getAllPaths();
  const lines = call.args
    .filter(word => word.startsWith('/'))
    .map(path => `${paths.filter(one => one === path || one.startsWith(`${path}/`)).length}\t${path}`);
  return done(lines.join('\n'));
};

/** Of files that aren't compressed. */
export const zgrep: HostCommand = call => exec(call, ['grep', ...call.args]);
