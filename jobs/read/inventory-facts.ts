import { Halt } from '#core/errors.ts';
import { hostLine } from '#core/inventory/host-line.ts';
import { groupsAbove, groupsOf, hostVars } from '#core/inventory/host-vars.ts';
import { addressesUnder, hasKey, portsBeside, scalarOf, unreadableUnder } from '#core/inventory/yaml-lookup.ts';
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
  const ports = new Set<number>();
  for (const { file, key } of settings.environment.backendAddresses) {
    const yaml = await text(file);
    if (addressesUnder(yaml, key, file).includes(privateIp)) {
      addresses.push({ file, key });
      for (const port of portsBeside(yaml, key, privateIp, file)) ports.add(port);
    } else if (target.role === 'backend')
      throw notNamed(yaml, file, key, `${privateIp}, today's private address`, target);
  }
  const keygen = [];
  for (const { file, key } of settings.environment.keygenAddress) {
    const yaml = await text(file);
    const is = scalarOf(yaml, key, file);
    if (is === privateIp) keygen.push({ file, key });
    // By a name or the Elastic IP, which stay, nothing is to be done.
    else if (target.role === 'keygen' && is !== target.elasticIp && is !== target.host)
      throw notNamed(yaml, file, key, `${privateIp} or ${target.elasticIp}, which are`, target);
  }
  await checkHostVars(text, inventory, commit, target);
  return { commit, temporary, addresses, ports: [...ports].sort((a, b) => a - b), keygen };
}

/** A key that the estate lists doesn't name what a run would change there: it would be left out without a word. */
function notNamed(yaml: string, file: string, key: string, what: string, { name }: TargetSettings): Halt {
  const [odd] = unreadableUnder(yaml, key, file);
  const why = odd === undefined ? '' : `: ${odd} stands there, and only an address as it is can be changed`;
  return new Halt('not-in-inventory', `${file}: ${key} doesn't name ${what} ${name}'s${why}`);
}

/** They'd survive what a run takes back, or overrule it: a play would sign whatever answers, or leave services off. */
const ownedVars = ['birthday', 'services_disabled'];

/** The names under which Ansible finds the variables of a host or group. */
const namesOf = (path: string) => ['', '.yml', '.yaml'].map(end => `${path}${end}`);

/** The group whose variables a file holds: `inventory/group_vars/copr_back_aws.yml`. */
const groupOf = (file: string) => file.replace(/^.*\//, '').replace(/\.ya?ml$/, '');

/** @throws Halt `not-in-inventory` naming each place where the host has one of them besides its group's variables. */
async function checkHostVars(
  text: (file: string) => Promise<string>,
  inventory: InventoryReader,
  commit: string,
  target: TargetSettings,
): Promise<void> {
  const { host, hostsFile, groupVars } = target;
  const folder = hostsFile.replace(/[^/]*$/, '');
  const found: string[] = [];
  const lists: string[] = [];
  for (const file of new Set([hostsFile, `${folder}inventory`, `${folder}cloud`])) {
    const ini = await inventory.file(file, commit);
    if (ini === undefined) continue;
    lists.push(ini);
    for (const { line, section, text: word } of hostVars(ini, host, ownedVars)) {
      // A group's variables in this file are overruled by the files of group_vars; only birthday stands in none.
      if (section.endsWith(':vars') && !word.startsWith('birthday')) continue;
      found.push(`${word} in [${section}], ${file} line ${line}`);
    }
  }
  const inventoryLists = lists.join('\n');
  // What the groups above its own say of services_disabled, its own overrules; any other may overrule that.
  const above = groupsAbove(inventoryLists, groupOf(groupVars));
  const files = [
    ...namesOf(`${folder}host_vars/${host}`).map(file => ({ file, keys: ownedVars })),
    ...[...groupsOf(inventoryLists, host)].flatMap(group =>
      namesOf(`${folder}group_vars/${group}`).map(file => ({
        file,
        keys: file === groupVars || above.has(group) ? ['birthday'] : ownedVars,
      })),
    ),
  ];
  const texts = await Promise.all(files.map(({ file }) => inventory.file(file, commit)));
  files.forEach(({ file, keys }, index) => {
    const yaml = texts[index];
    for (const key of keys)
      if (yaml?.includes(key) === true && hasKey(yaml, key, file)) found.push(`${key} in ${file}`);
  });
  if (!files.some(one => one.file === groupVars) && hasKey(await text(groupVars), 'birthday', groupVars))
    found.push(`birthday in ${groupVars}`);
  if (found.length > 0)
    throw new Halt(
      'not-in-inventory',
      `${host} has ${found.join(' and ')}: take it away, a run sets and reverts its own`,
    );
}
