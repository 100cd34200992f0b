import { randomUUID } from 'node:crypto';
import { rulesMasked } from './commands/arrays.ts';
import { mountAll } from './commands/mounts.ts';
import { assemble, wholeGroups } from './devices.ts';
import { baseUnits, rolePlans } from './roles.ts';
import { startUnit } from './units.ts';
import type { VirtualHost } from './virtual-host.ts';

/** World time from "running" to an sshd that answers. */
const bootMs = 12_000;

/**
 * A boot: what is enabled starts, what fstab names is mounted. A file system that isn't there and has no `nofail` ends in
 * emergency mode: the host never answers.
 */
export async function boot(host: VirtualHost, still: () => boolean): Promise<void> {
  await host.kernel.delay(bootMs, host.id);
  if (!still() || host.state.up) return;
  const { state } = host;
  state.bootId = randomUUID();
  state.bootedAt = Date.now();
  await host.fs.rm('/run/udev', { recursive: true, force: true });
  host.fs.mkdirSync('/run/udev/rules.d', { recursive: true });
  const instance = host.kernel.state.instances[host.id];
  state.ipv6 = instance?.NetworkInterfaces[0]?.Ipv6Addresses.map(one => one.Ipv6Address) ?? [];
  letIn(host);
  await appeared(host);
  const errors = await mountAll(host);
  if (errors.length > 0) {
    host.effect('emergency-mode', { why: errors });
    return;
  }
  const order = [...baseUnits, ...(state.role === undefined ? [] : rolePlans[state.role].units)];
  for (const { name } of order) if (state.units[name]?.enabled === 'enabled') await startUnit(host, name);
  state.up = true;
  await host.keep();
  host.effect('booted', { bootId: state.bootId });
}

/** Cloud-init at the first boot: user data may hold a key, and may let it in as root. */
function letIn(host: VirtualHost): void {
  const text = host.kernel.state.instances[host.id]?.UserData ?? '';
  if (host.state.provisioned || text === '') return;
  if (host.neighbours.authorizedBlob !== '' && text.includes(host.neighbours.authorizedBlob)) host.state.botKey = true;
  const root =
    /disable_root:\s*(?:false|0|no)\b/.test(text) ||
    text.includes('/root/.ssh/authorized_keys') ||
    /name:\s*root\b/.test(text);
  if (root && host.state.botKey) host.state.rootLogin = true;
}

/** The power is gone: mounts, arrays, processes and everything below /run with it. */
export function powerLost(host: VirtualHost): void {
  const { state } = host;
  host.stopEverything();
  state.up = false;
  state.mounts = [];
  state.arrays = [];
  state.groups = [];
  for (const unit of Object.values(state.units)) {
    unit.active = false;
    delete unit.failed;
  }
}

/** A disk appeared: udev's rules assemble an array as soon as all its members are there, unless they are overridden. */
export async function appeared(host: VirtualHost): Promise<void> {
  const { state, kernel } = host;
  if (await rulesMasked(host)) return;
  const started = assemble(kernel.state, state);
  for (const uuid of started)
    host.effect('array-assembled', { array: kernel.state.arrays[uuid]?.name, uuid, by: 'udev' });
  for (const id of wholeGroups(kernel.state, state)) {
    if (state.groups.includes(id) || kernel.state.volumeGroups[id]?.autoactivation === false) continue;
    state.groups.push(id);
    host.effect('volume-group-activated', { group: kernel.state.volumeGroups[id]?.name, by: 'udev' });
  }
}
