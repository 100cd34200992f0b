import { attachVolume } from '#changes/attach-volume.ts';
import { detachVolume } from '#changes/detach-volume.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setVolumeGroupActive } from '#changes/set-volume-group-active.ts';
import { stopArrays } from '#changes/stop-arrays.ts';
import { unmount } from '#changes/unmount.ts';
import { defineStep } from '#engine/define-step.ts';
import { arrayRules } from '../array-rules.ts';
import { mountsOf } from '../mounts.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/**
 * Each volume under its own device name, all at once; seen on the host by NVMe serial. What udev, systemd or a playbook
 * mounted or assembled there by itself isn't the run's own, and still must be gone before a volume is detached.
 */
export const attachData = defineStep({
  id: 'attach-data',
  title: 'Attach the data volumes to the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance'],
  order: 'together',
  limit: 'volume',
  plan: context => {
    const { facts, new: launched } = scene(context);
    return facts.volumes.map(({ id, device }) => attachVolume({ volume: id, instance: launched.instance, device }));
  },
  async verify({ shell }, context) {
    const { facts, new: launched } = scene(context);
    const listed = await shell.read({ instance: launched.instance }, ['lsblk', '-d', '-n', '-o', 'NAME,SERIAL']);
    const absent = facts.volumes.filter(({ id }) => !listed.stdout.includes(id.replace('-', '')));
    if (absent.length === 0) return { ok: true };
    return {
      ok: false,
      wait: true,
      why: `${launched.instance} doesn't see ${absent.map(one => one.id).join(', ')} yet`,
    };
  },
  undo: {
    rule: 'on the instance that they were attached to the data is unmounted, its volume group and arrays are stopped; only then each volume is detached',
    plan: context => {
      const here = scene(context);
      const { facts } = here;
      const { instance } = here.new;
      const host = onInstance(instance);
      return [
        ...mountsOf(here).map(mount => unmount({ host, mount })),
        ...(facts.storage === null
          ? []
          : [
              setUdevRulesMasked({ host, rules: arrayRules, masked: true }),
              setVolumeGroupActive({ host, group: facts.storage.volumeGroup, active: false }),
              stopArrays({ host, arrays: facts.storage.arrays.map(one => one.uuid) }),
            ]),
        ...facts.volumes.map(({ id, device }) => detachVolume({ volume: id, instance, device })),
      ];
    },
  },
});
