import { launchInstance } from '#changes/launch-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { tagsOf } from '../tags.ts';
import { userData } from './user-data.ts';

/** The document, "Launch a new instance". The IPv6 address comes with the move; one at launch only where there is none to move. */
export const launchInstanceStep = defineStep({
  id: 'launch-instance',
  title: 'Launch the new instance',
  danger: 'safe',
  plan: context => {
    const here = scene(context);
    const { target, facts, settings } = here;
    return [
      launchInstance({
        spec: {
          image: facts.image.id,
          type: target.instanceType,
          subnet: settings.aws.subnet,
          securityGroup: facts.securityGroup,
          keyName: settings.aws.keyPair,
          rootDevice: facts.image.rootDevice,
          rootGiB: Math.max(target.rootGiB, facts.old.rootGiB),
          ipv6Count: facts.ipv6 === null ? 1 : 0,
          tags: { ...tagsOf(here, '-new'), CoprFedoraNextWorkflow: 'new' },
          userData: userData(settings.sshKey),
        },
      }),
    ];
  },
});
