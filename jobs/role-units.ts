import type { HostRef } from '#ports/shell.ts';
import type { TargetFacts } from './facts.ts';
import type { RoleName } from './settings.ts';

/** Units that go on while the others are stopped: users' repositories, and the database until it is dumped. */
const late: Readonly<Partial<Record<RoleName, string>>> = {
  backend: 'lighttpd.service',
  frontend: 'postgresql.service',
};

/** The unit of a role that stops last, with its data; undefined where all stop at once. */
export function lateUnit(role: RoleName): string | undefined {
  return late[role];
}

/** What stop-services stops on the old host, in order: timers first, so that nothing is started again, then the services. */
export function earlyUnits(role: RoleName, facts: TargetFacts): string[] {
  return [...new Set([...facts.timers, ...facts.units.filter(unit => unit !== late[role])])];
}

/** The target's new host. */
export function onInstance(instance: string): HostRef & { readonly instance: string } {
  return { instance };
}
