import { assembleArrays } from '#changes/assemble-arrays.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setVolumeGroupActive } from '#changes/set-volume-group-active.ts';
import { setVolumeGroupAutoactivation } from '#changes/set-volume-group-autoactivation.ts';
import { defineStep } from '#engine/define-step.ts';
import { arrayRules } from '../array-rules.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** Facts, "Backend storage", arriving: all members, then the arrays, then the volume group. */
export const assembleStorage = defineStep({
  id: 'assemble-storage',
  title: 'Assemble the arrays on the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance'],
  plan: context => {
    const { facts, new: launched } = scene(context);
    const host = onInstance(launched.instance);
    if (facts.storage === null) return [];
    const { arrays, volumeGroup: group } = facts.storage;
    return [
      assembleArrays({ host, arrays: arrays.map(one => one.uuid) }),
      setVolumeGroupActive({ host, group, active: true }),
      setVolumeGroupAutoactivation({ host, group, on: true }),
      setUdevRulesMasked({ host, rules: arrayRules, masked: false }),
    ];
  },
});
