import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { HostState } from '#sim/hosts/host-state.ts';
import type { SimCall } from '#sim/state.ts';
import type { ChangeWorld } from './scenario.ts';

export const backend = seededTargets['copr-be-dev'].instance;
export const frontend = seededTargets['copr-fe-dev'].instance;
export const keygen = seededTargets['copr-keygen-dev'].instance;

export const atBackend = { instance: backend };
export const atFrontend = { instance: frontend };
export const atKeygen = { instance: keygen };

/** The pretend host's own state. */
export function stateOf(world: ChangeWorld, id: string): HostState {
  return world.kernel.state.hosts[id] as HostState;
}

/** A fault meets the program of the guarded command; effects are the host's. */
export function ssh(host: string, action: string, effect: RegExp, contains?: string) {
  return {
    request: { service: 'ssh' as const, host, action, ...(contains === undefined ? {} : { contains }) },
    effects: (one: SimCall) => one.service === 'host' && one.host === host && effect.test(one.action),
  };
}
