import { refillBuilders } from './commands/copr.ts';
import type { SimUnit } from './host-state.ts';
import { baseUnits, databaseOf, rolePlans, type UnitPlan } from './roles.ts';
import type { VirtualHost } from './virtual-host.ts';

/** "httpd" is "httpd.service". */
export function unitName(name: string): string {
  return /\.(?:service|timer|target|socket|mount|path|scope|slice)$/.test(name) ? name : `${name}.service`;
}

export function unitPlan(host: VirtualHost, name: string): UnitPlan | undefined {
  const own = host.state.role === undefined ? [] : rolePlans[host.state.role].units;
  return [...own, ...baseUnits].find(unit => unit.name === name);
}

/** Names of the known units that a word of a command means; a pattern may mean several. */
export function matching(host: VirtualHost, word: string): readonly string[] {
  const name = unitName(word);
  if (!name.includes('*')) return [name];
  const pattern = new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  return Object.keys(host.state.units).filter(unit => pattern.test(unit));
}

function partsOf(host: VirtualHost, target: string): readonly string[] {
  const own = host.state.role === undefined ? [] : rolePlans[host.state.role].units;
  return own.filter(unit => unit.partOf === target).map(unit => unit.name);
}

/** @returns why it didn't start, or undefined. */
export async function startUnit(host: VirtualHost, name: string): Promise<string | undefined> {
  const unit = host.state.units[name];
  if (unit === undefined) return `Failed to start ${name}: Unit ${name} not found.`;
  if (unit.enabled === 'masked') return `Failed to start ${name}: Unit ${name} is masked.`;
  if (unit.active) return undefined;
  const broken = await whyNot(host, name);
  if (broken !== undefined) {
    unit.failed = true;
    host.effect('unit-failed', { unit: name, why: broken });
    return `Job for ${name} failed because the control process exited with error code.\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.\n${broken}`;
  }
  unit.active = true;
  // A resalloc that runs fills its pools by itself.
  if (name === 'resalloc.service') host.kernel.later(45_000, () => void refillBuilders(host), host.id);
  delete unit.failed;
  const plan = unitPlan(host, name);
  if (plan !== undefined && plan.command !== '')
    host.addProcess({ user: plan.user, command: plan.command, holds: [...(plan.holds ?? [])], unit: name });
  host.effect('unit-started', { unit: name });
  for (const part of partsOf(host, name)) await startUnit(host, part);
  return undefined;
}

/** @returns why it didn't stop, or undefined. */
export async function stopUnit(host: VirtualHost, name: string): Promise<string | undefined> {
  const unit = host.state.units[name];
  if (unit === undefined) return `Failed to stop ${name}: Unit ${name} not loaded.`;
  delete unit.failed;
  for (const part of partsOf(host, name)) await stopUnit(host, part);
  if (!unit.active) return undefined;
  unit.active = false;
  for (const process of [...host.state.processes]) if (process.unit === name) host.kill(process.pid);
  host.effect('unit-stopped', { unit: name });
  drain(host);
  return undefined;
}

/** Ends, in their time, the processes that outlive the unit which started them. */
export function drain(host: VirtualHost): void {
  for (const { pid, drainsAfter } of host.state.processes) {
    if (drainsAfter === undefined || host.state.units[drainsAfter.unit]?.active === true) continue;
    host.kernel.later(
      drainsAfter.lastsMs,
      () => {
        if (host.state.processes.some(one => one.pid === pid && one.drainsAfter !== undefined)) {
          host.kill(pid);
          host.effect('process-ended', { pid });
        }
      },
      host.id,
    );
  }
}

export function setEnabled(host: VirtualHost, name: string, enabled: SimUnit['enabled']): void {
  const unit = host.state.units[name];
  if (unit === undefined || unit.enabled === enabled) return;
  if (enabled === 'masked' && unit.enabled !== 'masked') unit.unmasked = unit.enabled;
  if (enabled !== 'masked') delete unit.unmasked;
  unit.enabled = enabled;
  host.effect(`unit-${enabled}`, { unit: name });
}

/** Why a unit of this host can't run now. */
async function whyNot(host: VirtualHost, name: string): Promise<string | undefined> {
  if (name !== 'postgresql.service') return undefined;
  const mounted = host.state.mounts.some(one => one.target === '/var/lib/pgsql');
  const found = Number(await host.fs.readFile('/var/lib/pgsql/data/PG_VERSION').catch(() => ''));
  if (!mounted || !(found > 0))
    return 'postgresql-check-db-dir: Directory "/var/lib/pgsql/data" is missing or empty. Use "/usr/bin/postgresql-setup --initdb" to initialize the database cluster.';
  const { major } = databaseOf(host.state.fedora);
  if (found !== major)
    return `postgresql-check-db-dir: An old version of the database format was found. You need to dump and reload before using PostgreSQL ${major}. (found ${found})`;
  return undefined;
}
