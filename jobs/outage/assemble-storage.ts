import { assembleArrays } from '#changes/assemble-arrays.ts';
import { serialOf } from '#changes/parsers/lsblk.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setVolumeGroupActive } from '#changes/set-volume-group-active.ts';
import { setVolumeGroupAutoactivation } from '#changes/set-volume-group-autoactivation.ts';
import { defineStep } from '#engine/define-step.ts';
import { arrayRules } from '../array-rules.ts';
import { mustRead } from '../read/host-facts.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

const link = 'nvme-Amazon_Elastic_Block_Store_';

/**
 * Facts, "Backend storage", arriving: all members, then the arrays, then the volume group. A member is the first partition
 * of a volume, and udev links it a moment after the volume.
 */
export const assembleStorage = defineStep({
  id: 'assemble-storage',
  title: 'Assemble the arrays on the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance'],
  limit: 'volume',
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
  async ready({ shell }, context) {
    const { facts, new: launched } = scene(context);
    if (facts.storage === null) return { ok: true };
    const links = (await mustRead(shell, onInstance(launched.instance), ['ls', '-1', '/dev/disk/by-id'])).split('\n');
    const absent = facts.volumes.filter(({ id }) => !links.includes(`${link}${serialOf(id)}-part1`));
    if (absent.length === 0) return { ok: true };
    const what = absent.map(one => one.id).join(', ');
    return { ok: false, wait: true, why: `${launched.instance} doesn't see the partitions of ${what} yet` };
  },
});
