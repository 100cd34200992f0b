import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import { inventoryContract } from '#test/contracts/inventory-contract.ts';
import { bareRepository } from '#test/fakes/bare-repository.ts';

const program = '/usr/sbin/sshd';
const folder = mkdtempSync(join(tmpdir(), 'ferry-git-ssh-'));
let sshd: ChildProcess | undefined;
afterAll(() => {
  sshd?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A private sshd on loopback that lets one new key in. */
async function startSshd(): Promise<{ port: number; keyFile: string; hostKey: string }> {
  const key = (name: string) => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    return readFileSync(join(folder, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  };
  const hostKey = key('host');
  writeFileSync(join(folder, 'authorized'), `${key('client')}\n`);
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PidFile none',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${lines.join('\n')}\n`);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  sshd = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
  await vi.waitFor(
    () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy();
          resolve();
        });
        socket.once('error', reject);
      }),
    { timeout: 10_000 },
  );
  return { port, keyFile: join(folder, 'client'), hostKey };
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

if (existsSync(program)) {
  inventoryContract('in a bare repository, over SSH', async () => {
    const { port, keyFile, hostKey } = await startSshd();
    const repository = bareRepository(folder);
    const address = `ssh://${userInfo().username}@127.0.0.1:${port}${repository.bare}`;
    return {
      ...repository,
      repository: address,
      branch: 'main',
      sshKeyFile: keyFile,
      hostKeys: [hostKey],
      stop: async () => {
        const wrong = { repository: address, branch: 'main', author: 'F <f@x>', sshKeyFile: keyFile };
        const stranger = gitInventory({ ...wrong, cacheDir: join(folder, 'stranger'), hostKeys: [] });
        // A host whose key isn't in the estate is never trusted.
        await expect(stranger.head()).rejects.toMatchObject({
          code: 'inventory-unreachable',
          message: expect.stringMatching(/Host key verification failed|host key is known/),
        });
      },
    };
  });
} else {
  it.skip('the inventory over SSH: install openssh-server', () => undefined);
}
