import type { LaunchSpec } from '#ports/compute.ts';
import { seededAccount } from '#sim/ec2/seeded-targets.ts';
import type { WorldState } from '#sim/state.ts';

/** A launch of a new keygen in the simulator's seed world. */
export function launchSpec(state: WorldState, more: Partial<LaunchSpec> = {}): LaunchSpec {
  const image = Object.values(state.images).find(({ Name }) => Name.endsWith('x86_64-43-1.6'));
  return {
    image: image?.ImageId ?? '',
    type: 't3a.small',
    subnet: seededAccount.subnet,
    securityGroup: seededAccount.securityGroups.keygen.id,
    keyName: seededAccount.keyPair,
    rootDevice: '/dev/sda1',
    rootGiB: 20,
    ipv6Count: 0,
    tags: { FedoraGroup: 'copr', Name: 'copr-keygen-dev-new' },
    userData: '#cloud-config\n',
    ...more,
  };
}
