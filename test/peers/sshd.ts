import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall } from './apt.ts';

/** A private OpenSSH server on loopback. */
export interface Sshd {
  readonly port: number;
  /** "ssh-ed25519 AAAA…" */
  readonly hostKey: string;
  readonly user: string;
  readonly keyFile: string;
  /** Its folder; gone after `stop`. */
  readonly dir: string;
  stop(): Promise<void>;
}

const sshdPath = '/usr/sbin/sshd';

/**
 * Why there can be none here, in one line; undefined when `startSshd` works. Installs Debian's package where that is possible.
 */
export function sshdMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'sshd: tests on a real server need root';
  if (existsSync(sshdPath)) return undefined;
  aptInstall('openssh-server');
  return existsSync(sshdPath)
    ? undefined
    : 'sshd: install openssh-server (apt-get install openssh-server) for the tests on a real server';
}

/** Makes a pair of ed25519 keys in a folder. @returns the public line without comment. */
export function makeKey(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>(resolve => server.close(() => resolve()));
  return port;
}

/**
 * Starts one that lets root in with a key of its own; dies with this process.
 *
 * @param settings further lines of its configuration, given its folder; what stands first counts.
 * @param own folders of its own, in its folder, in the place of these of the machine.
 * @param at where it listens; a free port of 127.0.0.1 unless told.
 */
export async function startSshd(
  settings: (dir: string) => readonly string[] = () => [],
  own: readonly string[] = [],
  at?: { readonly address: string; readonly port: number },
): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-sshd-'));
  mkdirSync('/run/sshd', { recursive: true });
  const hostKey = makeKey(join(dir, 'host_key'));
  const authorized = makeKey(join(dir, 'client_key'));
  writeFileSync(join(dir, 'authorized_keys'), `${authorized}\n`);
  const { address = '127.0.0.1', port = await freePort() } = at ?? {};
  writeFileSync(
    join(dir, 'sshd_config'),
    [
      ...settings(dir),
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${join(dir, 'host_key')}`,
      `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
      `PidFile ${join(dir, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'AllowTcpForwarding yes',
      'MaxStartups 100',
      'MaxSessions 50',
      '',
    ].join('\n'),
  );
  const mounts = own.map(folder => {
    mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
    return `mount --bind ${join(dir, folder)} ${folder} && `;
  });
  const run = `${mounts.join('')}exec setpriv --pdeathsig KILL -- ${sshdPath} -D -e -f ${join(dir, 'sshd_config')}`;
  const argv = own.length === 0 ? ['sh', '-c', run] : ['unshare', '-m', '--propagation', 'private', 'sh', '-c', run];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', chunk => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  await answers({ address, port }, child, () => said);
  return {
    port,
    hostKey,
    user: 'root',
    keyFile: join(dir, 'client_key'),
    dir,
    async stop() {
      const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function answers(
  { address, port }: { readonly address: string; readonly port: number },
  child: ChildProcess,
  said: () => string,
): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`sshd ended at once: ${said()}`);
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, address);
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`sshd doesn't answer: ${said()}`);
}
