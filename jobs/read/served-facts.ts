import type { JsonObject } from '#core/json.ts';
import type { Readers } from '#engine/define-change.ts';
import type { Instance } from '#ports/compute.ts';
import type { TargetFacts } from '../facts.ts';
import type { RoleName, RunSettings, TargetSettings } from '../settings.ts';
import { aaaaFacts } from './aaaa-facts.ts';
import { oldInstance } from './aws-facts.ts';
import { certificateFacts } from './certificate-facts.ts';
import { countFacts, databaseFacts } from './database-facts.ts';
import { fileSystemFacts, mustRead, unitFacts } from './host-facts.ts';
import { inventoryFacts } from './inventory-facts.ts';
import { builderCount, storageFacts } from './storage-facts.ts';

type ServedFacts = Pick<
  TargetFacts,
  | 'aaaa'
  | 'fileSystems'
  | 'storage'
  | 'units'
  | 'timers'
  | 'database'
  | 'certificate'
  | 'counts'
  | 'builders'
  | 'inventory'
  | 'backend'
  | 'keygen'
>;

/**
 * What the host that serves a target says of itself, and what the inventory and the zone say of it.
 *
 * @param before facts that were read earlier in the run.
 * @throws Halt naming what isn't as it must be.
 */
export async function servedFacts(
  ports: Readers,
  settings: RunSettings,
  target: TargetSettings,
  serving: Instance,
  before: JsonObject | undefined,
): Promise<ServedFacts> {
  const { compute, shell, inventory } = ports;
  const host = { instance: serving.id };
  const { role } = target;
  const peer = async (of: RoleName) => {
    const name = settings.byRole[of];
    const peerTarget = name === undefined ? undefined : settings.targets[name];
    if (peerTarget === undefined) return null;
    const instance = peerTarget.name === target.name ? serving : await oldInstance(compute, settings, peerTarget);
    return { instance: instance.id, privateIp: instance.privateIp };
  };
  const { batcave } = settings;
  await mustRead(shell, { host: batcave.host }, ['git', '-C', batcave.checkout, 'rev-parse', 'HEAD']);
  const aaaa = await aaaaFacts(ports, settings, target, before);
  const fileSystems = await fileSystemFacts(shell, host, target);
  return {
    aaaa,
    fileSystems,
    storage: role === 'backend' ? await storageFacts(shell, host, fileSystems) : null,
    ...(await unitFacts(shell, host, target)),
    database: role === 'frontend' ? await databaseFacts(shell, host) : null,
    certificate: await certificateFacts(shell, host, target),
    counts: role === 'frontend' ? await countFacts(shell, host) : null,
    builders: role === 'backend' ? await builderCount(shell, host) : null,
    inventory: await inventoryFacts(inventory, settings, target, serving.privateIp),
    backend: await peer('backend'),
    keygen: await peer('keygen'),
  };
}
