import { done, failed, type HostCommand, split } from '../call.ts';
import type { VirtualHost } from '../virtual-host.ts';

/** rsync and `cp -a`, here and from or to another pretend host ("root@ADDRESS:/path", "root@ADDRESS::module/path"). */
export const rsync: HostCommand = async ({ host, args, session }) => {
  const { flags, values, operands } = split(args, [
    '-e',
    '--rsh',
    '--exclude',
    '--include',
    '--bwlimit',
    '--rsync-path',
    '--chown',
    '--timeout',
  ]);
  const target = operands.at(-1) ?? '';
  const to = place(host, target);
  if (to === undefined)
    return failed(`ssh: Could not resolve hostname ${target.split(':')[0]}: Name or service not known`, 255);
  await host.wait(20_000, session);
  let copied = 0;
  for (const source of operands.slice(0, -1)) {
    let from = place(host, source);
    if (from !== undefined && from.host !== host) {
      const admitted = await letIn(host, from.host, source, values.get('-e') ?? values.get('--rsh') ?? '');
      if (admitted.refused !== undefined) return failed(admitted.refused, 255);
      const served = await servedPath(from.host, from.path, admitted.config);
      if (served === undefined) return failed(`@ERROR: Unknown module '${from.path.slice(1).split('/')[0]}'`, 5);
      from = { host: from.host, path: served };
    }
    if (from === undefined) return failed(`ssh: connect to host ${source.split(':')[0]}: Connection refused`, 255);
    const folder = from.path.replace(/(.)\/$/, '$1');
    const root = from.path.endsWith('/') ? folder : folder.slice(0, folder.lastIndexOf('/'));
    const files = from.host.fs.getAllPaths().filter(path => path === folder || path.startsWith(`${folder}/`));
    if (files.length === 0 && flags.includes('--ignore-missing-args')) continue;
    if (files.length === 0)
      return failed(`rsync: [sender] link_stat "${folder}" failed: No such file or directory (2)`, 23);
    const sent = new Set<string>();
    for (const path of files) {
      const stat = await from.host.fs.lstat(path);
      if (!stat.isFile) continue;
      const single = path === folder && !to.path.endsWith('/') && operands.length === 2;
      const name = single ? to.path : `${to.path.replace(/\/$/, '')}/${path.slice(root.length).replace(/^\//, '')}`;
      await to.host.fs.mkdir(name.slice(0, name.lastIndexOf('/')) || '/', { recursive: true });
      await to.host.fs.writeFile(name, await from.host.fs.readFileBuffer(path));
      await to.host.fs.utimes(name, stat.mtime, stat.mtime);
      sent.add(name);
      copied += 1;
    }
    if (flags.includes('--delete'))
      await deleteOthers(to.host, `${to.path.replace(/\/$/, '')}${folder.slice(root.length)}`, sent);
  }
  await to.host.keep();
  to.host.effect('files-copied', { from: operands.slice(0, -1), to: target, files: copied });
  return done();
};

/** What the receiving folder holds and the sending one doesn't goes. */
async function deleteOthers(host: VirtualHost, folder: string, sent: ReadonlySet<string>): Promise<void> {
  for (const path of host.fs.getAllPaths()) {
    if (!path.startsWith(`${folder}/`) || sent.has(path)) continue;
    if ((await host.fs.lstat(path)).isFile) await host.fs.rm(path, { force: true });
  }
}

function place(here: VirtualHost, spec: string): { host: VirtualHost; path: string } | undefined {
  const [, address, path] = /^(?:[^/@]+@)?(\[[^\]]+\]|[^/:]+):(.*)$/.exec(spec.replace('::', ':/')) ?? [];
  if (address === undefined || path === undefined) return { host: here, path: spec };
  const host = here.neighbours.byAddress(address.replace(/^\[|\]$/g, ''));
  return host?.state.up === true ? { host, path } : undefined;
}

/** Whether the other host's sshd lets a copy in, and which modules its key is limited to. */
async function letIn(
  here: VirtualHost,
  there: VirtualHost,
  spec: string,
  shell: string,
): Promise<{ readonly refused?: string; readonly config?: string }> {
  const key = /-i (\S+)/.exec(shell)?.[1];
  const known = /UserKnownHostsFile=(\S+)/.exec(shell)?.[1];
  const [blob = ''] = there.state.publicKey.split(' ').slice(1);
  if (known !== undefined && !(await textOf(here, known)).includes(blob))
    return { refused: 'Host key verification failed.' };
  if (key === undefined) return {};
  const [, own = '-'] = (await textOf(here, `${key}.pub`)).split(' ');
  const line = (await textOf(there, '/root/.ssh/authorized_keys')).split('\n').find(one => one.includes(own));
  if (line === undefined) return { refused: `${spec.split(':')[0]}: Permission denied (publickey).` };
  const [, config] = /command=".*--config=(\S+)/.exec(line) ?? [];
  const asksForModule = /^[^/]*::/.test(spec);
  if ((config !== undefined) !== asksForModule) return { refused: 'only what is copied is served' };
  return config === undefined ? {} : { config };
}

/** "/module/name" as the configuration of an rsync daemon serves it; without one the path itself. */
async function servedPath(there: VirtualHost, path: string, config: string | undefined): Promise<string | undefined> {
  if (config === undefined) return path;
  const [, module = '', name = ''] = /^\/([^/]+)\/(.*)$/.exec(path) ?? [];
  const [, folder, include] =
    new RegExp(`^\\[${module}\\]\npath = (.*)\ninclude = /(\\S+)`, 'm').exec(await textOf(there, config)) ?? [];
  return folder !== undefined && include === name ? `${folder}${name}` : undefined;
}

function textOf(host: VirtualHost, path: string): Promise<string> {
  return host.fs.readFile(path).catch(() => '');
}
