import { Halt } from '#core/errors.ts';
import { hostLine } from '#core/inventory/host-line.ts';
import { addressesUnder, scalarOf } from '#core/inventory/yaml-lookup.ts';
import type { InventoryReader } from '#ports/inventory.ts';
import type { TargetFacts } from '../facts.ts';
import { ipv6Key } from '../inventory-edits.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';

/**
 * What stands in the inventory of the lines that a run will edit. "Act on what stands there": whether keygen is addressed
 * by a private address, and where the backend's one is named, decides what is replaced.
 *
 * @throws Halt `not-in-inventory` naming the file and the line that isn't there.
 */
export async function inventoryFacts(
  inventory: InventoryReader,
  settings: RunSettings,
  target: TargetSettings,
  privateIp: string,
): Promise<TargetFacts['inventory']> {
  const commit = await inventory.head();
  const text = async (file: string) => {
    const content = await inventory.file(file, commit);
    if (content === undefined) throw new Halt('not-in-inventory', `the inventory has no file ${file}`);
    return content;
  };
  const hosts = await text(target.hostsFile);
  const line = hostLine(hosts, target.group, target.host);
  if (line?.listed !== true)
    throw new Halt('not-in-inventory', `${target.hostsFile} doesn't list ${target.host} in [${target.group}]`);
  const disabled = scalarOf(await text(target.groupVars), 'services_disabled', target.groupVars);
  if (disabled !== 'false') {
    throw new Halt(
      'not-in-inventory',
      `${target.groupVars}: services_disabled is ${disabled ?? 'not there'}, it must stand there as false`,
    );
  }
  if (target.ipv6Moves === false && target.ipv6 !== null) {
    const there = addressesUnder(await text(target.groupVars), ipv6Key, target.groupVars);
    if (!there.includes(target.ipv6))
      throw new Halt('not-in-inventory', `${target.groupVars}: ${ipv6Key} doesn't name ${target.ipv6}`);
  }
  const temporary = [];
  for (const { file, section } of target.temporary?.sections ?? []) {
    const was = hostLine(await text(file), section, target.temporary?.host ?? '');
    temporary.push({ file, section, was: was?.text ?? null, listed: was?.listed ?? false });
  }
  const addresses = [];
  for (const { file, key } of settings.environment.backendAddresses) {
    if (addressesUnder(await text(file), key, file).includes(privateIp)) addresses.push({ file, key });
  }
  const keygen = [];
  for (const { file, key } of settings.environment.keygenAddress) {
    if (scalarOf(await text(file), key, file) === privateIp) keygen.push({ file, key });
  }
  return { commit, temporary, addresses, keygen };
}
