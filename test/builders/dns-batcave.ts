import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dnsReader } from '#adapters/dns/dns-reader.ts';
import { nameServers, seedNameServers, updateNameServer } from '#sim/dns/name-servers.ts';
import { startDns } from '#sim/dns/start-dns.ts';
import { DnsRepo } from '#sim/git/dns-repo.ts';
import { InventoryRepo } from '#sim/git/inventory-repo.ts';
import { startHosts } from '#sim/hosts/start-hosts.ts';
import { Kernel } from '#sim/kernel.ts';
import { makeKey } from '../peers/sshd.ts';
import { worldWithEc2 } from './pretend-ec2.ts';

/** The dns repository, the name servers with a reader on them, and batcave01 without its sshd's clients. */
export async function dnsBatcave() {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-dns-'));
  const kernel = new Kernel(dir, worldWithEc2, 'max');
  const { repo, dns, servers, stop } = await startNames(kernel, dir);
  const inventory = InventoryRepo.open(kernel, { dir });
  const hosts = await startHosts(kernel, {
    user: 'ferry',
    authorizedKey: makeKey(join(dir, 'key')),
    inventory,
    dns: servers,
  });
  const batcave = hosts.byId('batcave01');
  return {
    repo,
    dns,
    update: (server: string) => updateNameServer(kernel, repo, server),
    /** Runs a line as ferry on batcave01. @throws Error with what it said when it fails. */
    async sh(line: string): Promise<string> {
      const ran = await batcave?.exec(line, { user: 'ferry', pid: 4_711 });
      if (ran?.code !== 0) throw new Error(`${line}: exit ${ran?.code}: ${ran?.stderr}${ran?.stdout}`);
      return ran.stdout;
    },
    async stop() {
      await hosts.stop();
      await stop();
      kernel.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export type DnsBatcave = Awaited<ReturnType<typeof dnsBatcave>>;

/** The dns repository of a world's folder, and its name servers on free ports. */
export async function startNames(kernel: Kernel, dir: string) {
  const repo = DnsRepo.open(kernel, { dir });
  seedNameServers(kernel, repo);
  const running = await Promise.all(nameServers.map(server => startDns(kernel, { port: 0, server })));
  const addresses = running.map(({ port }) => `127.0.0.1:${port}`);
  return {
    repo,
    dns: dnsReader({ servers: addresses }),
    servers: { repo, servers: nameServers, update: (server: string) => updateNameServer(kernel, repo, server) },
    stop: async () => {
      for (const server of running) await server.stop();
    },
  };
}
