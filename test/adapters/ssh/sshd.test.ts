import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { type ShellHarness, shellContract } from '#test/contracts/shell-contract.ts';
import { cuttableProxy } from '#test/peers/cuttable-proxy.ts';
import { sshdMissing, startSshd } from '#test/peers/sshd.ts';

const instance = 'i-0123456789abcdef0';
const missing = sshdMissing();

async function start(): Promise<ShellHarness> {
  const sshd = await startSshd();
  const proxy = await cuttableProxy(sshd.port);
  const state = `${sshd.dir}/state`;
  const folder = `${sshd.dir}/work`;
  mkdirSync(folder, { mode: 0o777 });
  // There is no metadata service here: a program says who the host is.
  const identity = ['printf', instance];
  return {
    shell: ({ keys = [sshd.hostKey], commandMs } = {}) =>
      sshShell({
        user: 'root',
        keyFile: sshd.keyFile,
        keyring: { keysOf: async () => keys },
        addressOf: async () => ({ address: '127.0.0.1', port: proxy.port }),
        identity,
        state,
        ...(commandMs === undefined ? {} : { timing: { commandMs } }),
      }),
    host: { instance },
    impostor: { instance: 'i-0fedcba9876543210' },
    user: 'nobody',
    folder,
    state,
    onHost: async line => execFileSync('sh', ['-c', line], { encoding: 'utf8' }),
    cut: () => proxy.cut(),
    client: {
      keyFile: sshd.keyFile,
      keys: [sshd.hostKey],
      address: '127.0.0.1',
      port: sshd.port,
      identity,
      state,
      instance,
    },
    async stop() {
      await proxy.stop();
      await sshd.stop();
    },
  };
}

if (missing === undefined) shellContract('a real sshd', start);
else describe.skip(missing, () => it('runs the contract', () => {}));
