import { done, failed, type HostCommand, split } from '../call.ts';
import type { VirtualHost } from '../virtual-host.ts';

/** rsync and `cp -a`, here and from or to another pretend host ("root@ADDRESS:/path"). */
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
    const from = place(host, source);
    if (from !== undefined && from.host !== host) {
      const refused = await whyRefused(host, from.host, source, values.get('-e') ?? values.get('--rsh') ?? '');
      if (refused !== undefined) return failed(refused, 255);
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
  const [, address, path] = /^(?:[^/@]+@)?(\[[^\]]+\]|[^/:]+):(.*)$/.exec(spec) ?? [];
  if (address === undefined || path === undefined) return { host: here, path: spec };
  const host = here.neighbours.byAddress(address.replace(/^\[|\]$/g, ''));
  return host?.state.up === true ? { host, path } : undefined;
}

/** Why the other host's sshd doesn't let a copy in: its key must be known here, and the key that is used be allowed there. */
async function whyRefused(
  here: VirtualHost,
  there: VirtualHost,
  spec: string,
  shell: string,
): Promise<string | undefined> {
  const key = /-i (\S+)/.exec(shell)?.[1];
  const known = /UserKnownHostsFile=(\S+)/.exec(shell)?.[1];
  const text = (host: VirtualHost, path: string) => host.fs.readFile(path).catch(() => '');
  const [blob = ''] = there.state.publicKey.split(' ').slice(1);
  if (known !== undefined && !(await text(here, known)).includes(blob)) return 'Host key verification failed.';
  if (key === undefined) return undefined;
  const [, own = '-'] = (await text(here, `${key}.pub`)).split(' ');
  const allowed = (await text(there, '/root/.ssh/authorized_keys')).includes(own);
  return allowed ? undefined : `${spec.split(':')[0]}: Permission denied (publickey).`;
}
