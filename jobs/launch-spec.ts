import type { launchInstance } from '#changes/launch-instance.ts';
import { userData } from './prepare/user-data.ts';
import type { Scene } from './scene.ts';
import { tagsOf } from './tags.ts';

type Spec = Parameters<typeof launchInstance>[0]['spec'];
type Needed = Pick<Scene['facts'], 'image' | 'securityGroup' | 'old' | 'ipv6'>;

/** What is launched for a target: asked for in readiness by a dry run, and then for real. */
export function launchSpec({ target, settings }: Pick<Scene, 'target' | 'settings'>, facts: Needed): Spec {
  return {
    image: facts.image.id,
    type: target.instanceType,
    subnet: settings.aws.subnet,
    securityGroup: facts.securityGroup,
    keyName: settings.aws.keyPair,
    rootDevice: facts.image.rootDevice,
    rootGiB: Math.max(target.rootGiB, facts.old.rootGiB),
    ipv6Count: facts.ipv6 === null ? 1 : 0,
    tags: { ...tagsOf({ target, settings }, '-new'), CoprFedoraNextWorkflow: 'new' },
    userData: userData(settings.sshKey),
  };
}
