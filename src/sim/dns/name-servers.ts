import { isNewer } from '#core/zone/serial.ts';
import { recordsOf } from '#core/zone/zone-file.ts';
import { type DnsRepo, dnsZone } from '../git/dns-repo.ts';
import type { Kernel } from '../kernel.ts';
import type { ServedZone } from '../state.ts';

/** The pretend name servers, each with what it loaded the last time. */
export const nameServers = ['ns01', 'ns02'] as const;

/** What they serve when the world begins: the zone as it is built. */
export function seedNameServers(kernel: Kernel, repo: DnsRepo): void {
  kernel.state.nameServers ??= Object.fromEntries(nameServers.map(name => [name, zoneIn(repo)]));
}

/**
 * What `update-dns` does on a name server: it loads what `do-domains` built. As secondaries do, a server takes a zone only
 * when its serial is newer than the one that it serves.
 *
 * @returns whether it serves another zone now.
 */
export function updateNameServer(kernel: Kernel, repo: DnsRepo, server: string): boolean {
  const built = zoneIn(repo);
  const served = kernel.state.nameServers?.[server];
  if (served !== undefined && !isNewer(built.serial, served.serial)) return false;
  kernel.state.nameServers = { ...kernel.state.nameServers, [server]: built };
  kernel.effect('dns', 'zone-loaded', { serial: built.serial }, server);
  return true;
}

function zoneIn(repo: DnsRepo): ServedZone {
  const records = recordsOf(repo.file(dnsZone.built) ?? '', dnsZone.name);
  const served: Record<string, string[]> = {};
  const ttls: Record<string, number> = {};
  for (const { name, type, data, seconds = 0 } of records) {
    if (type !== 'A' && type !== 'AAAA') continue;
    const key = `${type} ${name}`;
    served[key] = [...(served[key] ?? []), data[0]?.text ?? ''];
    ttls[key] = seconds;
  }
  const serial = Number(records.find(record => record.type === 'SOA')?.data[2]?.text);
  return { serial, records: served, ttls };
}
