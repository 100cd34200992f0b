import { setDeleteOnTermination } from '#changes/set-delete-on-termination.ts';
import { setTags } from '#changes/set-tags.ts';
import { setTerminationProtection } from '#changes/set-termination-protection.ts';
import { endedSince, hasEnded } from '#changes/shared/ended-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { tagsOf } from '../tags.ts';

/**
 * Reads back what the launch asked for and sets what was dropped: protection, delete-on-termination of the root, tags of
 * its volume and interface. Where all is as asked it makes no change.
 */
export const secureInstance = defineStep({
  id: 'secure-instance',
  title: 'Read the new instance back, and set what was dropped',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const here = scene(context);
    const { instance, rootVolume, networkInterface } = here.new;
    const tags = tagsOf(here, '-new');
    return [
      setTerminationProtection({ instance, on: true }),
      setDeleteOnTermination({ instance, device: here.facts.image.rootDevice, on: true }),
      setTags({ resource: rootVolume, tags }),
      setTags({ resource: networkInterface, tags }),
    ];
  },
  async verify({ compute }, context) {
    const { new: launched, target, settings } = scene(context);
    const instance = await compute.instance(launched.instance);
    if (instance === undefined) return { ok: false, why: `${launched.instance} isn't described`, wait: true };
    if (hasEnded(instance)) return { ok: false, why: endedSince(instance) };
    const root = await compute.volume(launched.rootVolume);
    if (root?.encrypted !== true)
      return { ok: false, why: `${launched.rootVolume}, the root of ${launched.instance}, is not encrypted` };
    if (instance.type !== target.instanceType)
      return { ok: false, why: `${instance.id} is a ${instance.type}, not a ${target.instanceType}` };
    if (instance.subnet !== settings.aws.subnet) return { ok: false, why: `${instance.id} is in ${instance.subnet}` };
    if (instance.publicIp === undefined) return { ok: false, why: `${instance.id} has no public address`, wait: true };
    if (target.ipv6Moves === false && instance.ipv6.length === 0)
      return { ok: false, why: `${instance.id} got no IPv6 address at its launch`, wait: true };
    return { ok: true };
  },
  undo: { rule: 'nothing: the new instance is kept as it is', plan: () => [] },
});
