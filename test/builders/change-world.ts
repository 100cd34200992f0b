import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ec2Compute } from '#adapters/ec2/ec2-compute.ts';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { Unknown } from '#core/errors.ts';
import type { ComputeReader } from '#ports/compute.ts';
import type { ShellReader, ShellWriter } from '#ports/shell.ts';
import type { Ec2Hooks } from '#sim/ec2/ec2-hooks.ts';
import { startEc2 } from '#sim/ec2/start-ec2.ts';
import { InventoryRepo, inventoryBranch } from '#sim/git/inventory-repo.ts';
import { startGit } from '#sim/git/start-git.ts';
import { batcaveAddress } from '#sim/hosts/seed.ts';
import { type Hosts, startHosts } from '#sim/hosts/start-hosts.ts';
import { Kernel } from '#sim/kernel.ts';
import type { WorldState } from '#sim/state.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';
import { makeKey } from '../peers/sshd.ts';
import { startNames } from './dns-batcave.ts';
import { quietHooks, worldWithEc2 } from './pretend-ec2.ts';
import { sending } from './sending.ts';

const credentials = { accessKeyId: 'AKIASIMULATOR0000000', secretAccessKey: 'not-a-secret' };
const botUser = 'ferry';
type Names = Awaited<ReturnType<typeof startNames>>;

/** As a host that can't be reached: what only helps to explain must do without it. */
function noHosts(): never {
  throw new Unknown('no-hosts', 'this world has no hosts');
}

const noShell: ShellReader & ShellWriter = {
  read: noHosts,
  file: noHosts,
  detached: noHosts,
  output: noHosts,
  run: noHosts,
  start: noHosts,
  write: noHosts,
};

const prefix = join(tmpdir(), 'ferry-changes-');

/** Folders of worlds as they were first started, by what is in them. Making keys and repositories anew takes most of a start. */
const kept = new Map<string, string>();
process.once('exit', () => {
  for (const dir of kept.values()) rmSync(dir, { recursive: true, force: true });
});

/** Keeps a copy of a world's folder for the worlds to come; they find ports of their own. */
function keep(what: string, kernel: Kernel): void {
  if (kept.has(what)) return;
  kernel.saveNow();
  const copy = mkdtempSync(prefix);
  kept.set(what, copy);
  cpSync(kernel.dir, copy, { recursive: true });
  const file = join(copy, 'world-state.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as WorldState;
  writeFileSync(file, JSON.stringify({ ...state, ports: {} }));
}

async function startBase(
  what: 'hosts' | 'no hosts',
  hooksOf: (kernel: Kernel, repo: InventoryRepo, dir: string, names: Names) => Promise<Ec2Hooks>,
) {
  const dir = mkdtempSync(prefix);
  const like = kept.get(what);
  if (like !== undefined) cpSync(like, dir, { recursive: true });
  const kernel = new Kernel(dir, worldWithEc2, 'max', { saves: 'at-stop' });
  const repo = InventoryRepo.open(kernel, { dir });
  const names = await startNames(kernel, dir);
  const hooks = await hooksOf(kernel, repo, dir, names);
  const git = await startGit(kernel, repo, { port: 0 });
  const ec2 = await startEc2(kernel, { port: 0, accessKeyId: credentials.accessKeyId, hooks });
  keep(what, kernel);
  const compute = ec2Compute({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${ec2.port}`,
    credentials,
    replyMs: 5_000,
    readAttempts: 2,
  });
  const inventory = gitInventory({
    repository: git.url,
    branch: inventoryBranch,
    author: 'Ferry <ferry@example.org>',
    cacheDir: join(dir, 'cache'),
  });
  return {
    dir,
    kernel,
    repo,
    names,
    compute,
    inventory,
    async stop() {
      compute.close();
      await names.stop();
      await ec2.stop();
      await git.stop();
      kernel.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The simulator's EC2 and inventory with the real adapters on them; no hosts: quick to start. */
export async function worldWithoutHosts(): Promise<ChangeWorld> {
  const base = await startBase('no hosts', async () => quietHooks());
  const { kernel, repo, names, compute, inventory } = base;
  const ports = { compute, inventory, shell: noShell };
  const readers = { ...ports, dns: names.dns };
  return { kernel, repo, dnsRepo: names.repo, readers, writers: ports, sh: noHosts, stop: () => base.stop() };
}

/** The simulator's EC2, inventory and hosts with the real adapters on them, through the jump host. */
export async function worldWithHosts(): Promise<ChangeWorld> {
  let hosts: Hosts | undefined;
  let keyFile = '';
  const base = await startBase('hosts', async (kernel, inventory, dir, names) => {
    keyFile = join(dir, 'bot');
    if (!existsSync(keyFile)) makeKey(keyFile);
    const authorizedKey = readFileSync(`${keyFile}.pub`, 'utf8').trim();
    hosts = await startHosts(kernel, { user: botUser, authorizedKey, inventory, dns: names.servers });
    return hosts;
  });
  const running = hosts as unknown as Hosts;
  const { kernel, repo, names, compute, inventory } = base;
  const shell = sshShell({
    user: 'root',
    keyFile,
    keyring: { keysOf: async id => running.hostKeys(id).map(line => line.split(' ').slice(0, 2).join(' ')) },
    addressOf: id => publicAddress(compute, id),
    hosts: {
      batcave01: { address: batcaveAddress, port: 22, user: botUser, keys: [...running.hostKeys('batcave01')] },
    },
    jump: { address: '127.0.0.1', port: running.jump.port, user: botUser, keys: [running.jump.publicKey] },
  });
  const ports = { compute, inventory, shell };
  return {
    kernel,
    repo,
    dnsRepo: names.repo,
    readers: { ...ports, dns: names.dns },
    writers: ports,
    async sh(host, line) {
      const ref = host === 'batcave01' ? { host } : { instance: host };
      const { code, stdout, stderr } = await shell.run(
        ref,
        ['sh', '-c', line],
        sending({ run: 'arranged', sendBy: Date.now() + 20_000 }),
      );
      if (code !== 0) throw new Error(`${line} on ${host} exits ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    async stop() {
      await shell.close();
      await running.stop();
      await base.stop();
    },
  };
}

async function publicAddress(compute: ComputeReader, id: string) {
  const address = (await compute.instance(id))?.publicIp;
  if (address === undefined) throw new Unknown('no-address', `${id} has no public address`);
  return { address, port: 22 };
}
