import { editDns } from '#changes/edit-dns.ts';
import { updateDns } from '#changes/update-dns.ts';
import type { Change } from '#core/change.ts';
import { Halt } from '#core/errors.ts';
import type { ZoneEdit } from '#core/zone/zone-edit.ts';
import type { TargetFacts } from './facts.ts';
import { commitMessage } from './inventory-edits.ts';
import { onBatcave } from './on-batcave.ts';
import type { Scene } from './scene.ts';
import type { DnsSettings } from './settings.ts';

type Aaaa = NonNullable<TargetFacts['aaaa']>;

/** What the name servers answer with once a record was edited; `seconds` null: with whatever time. */
interface Answered {
  readonly address: string;
  readonly seconds: number | null;
}

/**
 * Edits the target's AAAA record in the dns repository, then has the name servers take it; made when each of them answers
 * with it. What is undone goes the same way: first the record, then the servers.
 *
 * @param what for the commit: "its AAAA record changes soon".
 */
export function recordChanges(here: Scene, edit: ZoneEdit, answered: Answered, what: string): Change[] {
  const { settings, target } = here;
  const { zone, repository, branch, file, author, playbook } = zoneOf(here);
  const host = { host: settings.batcave.host };
  const name = target.host;
  return [
    editDns({
      host,
      repository,
      branch,
      place: { zone, file, name },
      edit,
      author,
      message: commitMessage(here, what),
    }),
    updateDns({ ...onBatcave(settings), playbook, name, ...answered }),
  ];
}

/** The record as it was before the run. @throws Halt `missing`. */
export function recordOf({ facts, target }: Pick<Scene, 'facts' | 'target'>): Aaaa {
  const aaaa = facts.aaaa ?? null;
  if (aaaa === null) throw new Halt('missing', `${target.name}: its AAAA record isn't known yet`);
  return aaaa;
}

/** The time that it has until the outage is over; undefined where its own is as short already. */
export function lowTtlOf(here: Scene): number | undefined {
  const { lowTtl } = zoneOf(here);
  return recordOf(here).seconds > lowTtl ? lowTtl : undefined;
}

function zoneOf({ settings, target }: Scene): DnsSettings {
  const dns = settings.dns ?? null;
  if (dns === null) throw new Halt('missing', `${target.name}: dns.zone in the estate isn't known yet`);
  return dns;
}
