import { defineStep } from '#engine/define-step.ts';
import { hostKeysFromConsole } from '../read/host-keys-from-console.ts';
import { scene } from '../scene.ts';

/**
 * The new host's keys, from its console output through the EC2 API: trusted as far as the credentials are. From then on
 * nothing else is accepted from that instance.
 */
export const pinHostKeys = defineStep({
  id: 'pin-host-keys',
  title: 'Pin the host keys of the new instance',
  danger: 'safe',
  needs: ['launch-instance'],
  limit: 'launch',
  async verify({ compute }, context) {
    const { instance } = scene(context).new;
    const keys = hostKeysFromConsole(await compute.console(instance));
    if (keys === undefined)
      return { ok: false, wait: true, why: `the console output of ${instance} holds no host keys yet` };
    return { ok: true, outputs: { instance, keys } };
  },
});
