import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { type ShellHarness, shellContract } from '#test/contracts/shell-contract.ts';
import { cuttableProxy } from '#test/peers/cuttable-proxy.ts';
import { startPretendHosts } from './pretend-hosts.ts';

const { instance } = seededTargets['copr-dist-git-dev'];

async function start(): Promise<ShellHarness> {
  const pretend = await startPretendHosts(1);
  const port = pretend.hosts.addresses()[instance]?.port ?? 0;
  const proxy = await cuttableProxy(port);
  const hostKeys = pretend.hosts.hostKeys(instance);
  const host = pretend.hosts.byId(instance);
  host?.fs.mkdirSync('/srv/work', { recursive: true });
  return {
    shell: ({ keys = hostKeys, commandMs } = {}) =>
      sshShell({
        user: 'root',
        keyFile: pretend.keyFile,
        keyring: { keysOf: async () => keys },
        addressOf: async () => ({ address: '127.0.0.1', port: proxy.port }),
        ...(commandMs === undefined ? {} : { timing: { commandMs } }),
      }),
    host: { instance },
    impostor: { instance: seededTargets['copr-fe-dev'].instance },
    user: 'copr-dist-git',
    folder: '/srv/work',
    state: '/var/lib/ferry',
    onHost: async line => (await host?.exec(line, { user: 'root', pid: 4 }))?.stdout ?? '',
    cut: () => proxy.cut(),
    client: { keyFile: pretend.keyFile, keys: hostKeys, address: '127.0.0.1', port, state: '/var/lib/ferry', instance },
    async stop() {
      await proxy.stop();
      await pretend.stop();
    },
  };
}

shellContract("the simulator's host", start);
