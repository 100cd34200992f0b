import { instancesNamed, type TargetView, type WorldView } from './world-view.ts';

/** What of a target the demo looks at. */
export interface DemoTarget {
  readonly name: string;
  /** The tag Name of its instance. */
  readonly instanceName: string;
}

/** One row of "before and after". */
export interface Compared {
  readonly target: string;
  readonly before: TargetView | undefined;
  readonly after: TargetView | undefined;
}

export function compare(before: WorldView, after: WorldView, targets: readonly DemoTarget[]): Compared[] {
  return targets.map(({ name, instanceName }) => ({
    target: name,
    before: instancesNamed(before, instanceName)[0],
    after: instancesNamed(after, instanceName)[0],
  }));
}

/**
 * What is not as it should be after an upgrade, one sentence each: another instance under the name, with the addresses
 * and the volumes under their device names, protected; the old one kept and stopped; the inventory the same but for the
 * private addresses that changed.
 */
export function problemsAfter(before: WorldView, after: WorldView, targets: readonly DemoTarget[]): string[] {
  const problems: string[] = [];
  const addresses: string[] = [];
  for (const { name, instanceName } of targets) {
    const [was] = instancesNamed(before, instanceName);
    const now = instancesNamed(after, instanceName);
    const [is] = now;
    if (was === undefined || is === undefined || now.length !== 1) {
      problems.push(`${name}: ${now.length} instances are named ${instanceName}, not one`);
      continue;
    }
    addresses.push(was.privateIp, is.privateIp);
    if (is.instance === was.instance) problems.push(`${name}: still ${was.instance}`);
    if (is.image === was.image) problems.push(`${name}: the image is the old one`);
    if (is.state !== 'running') problems.push(`${name}: ${is.instance} is ${is.state}`);
    if (is.publicIp !== was.publicIp)
      problems.push(`${name}: the public address is ${is.publicIp}, not ${was.publicIp}`);
    if (String(is.ipv6) !== String(was.ipv6)) problems.push(`${name}: the IPv6 address is ${is.ipv6}, not ${was.ipv6}`);
    if (String(is.volumes) !== String(was.volumes)) problems.push(`${name}: volumes ${is.volumes}, not ${was.volumes}`);
    if (!is.isProtected) problems.push(`${name}: ${is.instance} isn't protected against termination`);
    const [old, ...more] = instancesNamed(after, `${instanceName}-old`);
    if (old?.instance !== was.instance || more.length > 0)
      problems.push(`${name}: ${was.instance} isn't the only one named -old`);
    if (old !== undefined && old.state !== 'stopped') problems.push(`${name}: the old instance is ${old.state}`);
    if (instancesNamed(after, `${instanceName}-new`).length > 0)
      problems.push(`${name}: an instance is still named -new`);
  }
  return [...problems, ...inventoryProblems(before, after, addresses)];
}

/** Every line that differs must differ in a private address only. */
function inventoryProblems(before: WorldView, after: WorldView, addresses: readonly string[]): string[] {
  const problems: string[] = [];
  for (const file of new Set([...Object.keys(before.inventory), ...Object.keys(after.inventory)])) {
    const was = (before.inventory[file] ?? '').split('\n');
    const is = (after.inventory[file] ?? '').split('\n');
    const gone = was.filter(line => !is.includes(line));
    const come = is.filter(line => !was.includes(line));
    const strange = [...gone, ...come].filter(line => !addresses.some(address => line.includes(address)));
    if (strange.length > 0) problems.push(`the inventory differs in ${file}: ${strange[0]}`);
    if (was.length !== is.length) problems.push(`the inventory's ${file} has ${is.length} lines, not ${was.length}`);
  }
  return problems;
}
