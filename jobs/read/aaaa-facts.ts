import { Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import { aaaaOf, canonicalIpv6 } from '#core/zone/zone-edit.ts';
import type { Readers } from '#engine/define-change.ts';
import type { TargetFacts } from '../facts.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';
import { mustRead } from './host-facts.ts';

/**
 * The AAAA record of a target whose IPv6 address doesn't move, as the dns repository has it. It must name the address that
 * the estate names, and every name server must answer with it.
 *
 * @param before facts that were read earlier in the run: what lower-dns-ttl wrote since isn't how the record was.
 * @throws Halt `not-as-in-estate` naming what differs; Refused as `aaaaOf`.
 */
export async function aaaaFacts(
  { shell, dns }: Pick<Readers, 'shell' | 'dns'>,
  settings: RunSettings,
  target: TargetSettings,
  before: JsonObject | undefined,
): Promise<NonNullable<TargetFacts['aaaa']> | null> {
  const zone = settings.dns ?? null;
  if (target.ipv6Moves !== false || zone === null || target.ipv6 === null) return null;
  const { repository, branch, file, lowTtl } = zone;
  const what = ['git', '-C', repository, 'show', `refs/heads/${branch}:${file}`];
  const text = await mustRead(shell, { host: settings.batcave.host }, what);
  const record = aaaaOf(text, { zone: zone.zone, file, name: target.host });
  const wanted = canonicalIpv6(target.ipv6);
  if (canonicalIpv6(record.address) !== wanted)
    throw differs(`${file} has ${record.address} for ${target.host}, the estate says ${target.ipv6}`);
  for (const { server, addresses } of await dns.resolve(target.host, 'AAAA')) {
    if (addresses.length === 1 && canonicalIpv6(addresses[0] ?? '') === wanted) continue;
    throw differs(
      `${server} answers ${addresses.join(', ') || 'nothing'} for ${target.host}, ${file} says ${record.address}`,
    );
  }
  const known = (before as Pick<TargetFacts, 'aaaa'> | undefined)?.aaaa ?? null;
  return known !== null && record.ttl === String(lowTtl) ? known : record;
}

function differs(sentence: string): Halt {
  return new Halt('not-as-in-estate', sentence);
}
