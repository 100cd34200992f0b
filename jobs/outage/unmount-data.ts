import { setFstabOptions } from '#changes/set-fstab-options.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setUnits } from '#changes/set-units.ts';
import { setVolumeGroupActive } from '#changes/set-volume-group-active.ts';
import { readOrRefuse } from '#changes/shared/read-or-refuse.ts';
import { stoppedAndDisabled } from '#changes/shared/unit-goal.ts';
import { stopArrays } from '#changes/stop-arrays.ts';
import { unmount } from '#changes/unmount.ts';
import { defineStep } from '#engine/define-step.ts';
import { arrayRules } from '../array-rules.ts';
import { mountsOf } from '../mounts.ts';
import { lateUnit } from '../role-units.ts';
import { scene } from '../scene.ts';

/**
 * The document, "Re-Attach the data volume": umount and sync, once nothing holds the mount points. The old host gets
 * `noauto,nofail`, so that it boots without its data. On the backend lighttpd stops here and not before, and the arrays
 * are stopped with udev's rules masked, so that nothing assembles them again.
 */
export const unmountData = defineStep({
  id: 'unmount-data',
  title: 'Unmount the data on the old instance',
  danger: 'disruptive',
  gate: 'storage',
  plan: context => {
    const here = scene(context);
    const { target, facts, old } = here;
    const late = target.role === 'backend' ? lateUnit(target.role) : undefined;
    const mounts = mountsOf(here);
    return [
      ...(late === undefined ? [] : [setUnits({ host: old, units: stoppedAndDisabled([late]) })]),
      setFstabOptions({ host: old, paths: mounts.map(one => one.path), options: ['noauto', 'nofail'] }),
      ...mounts.map(mount => unmount({ host: old, mount })),
      ...(facts.storage === null
        ? []
        : [
            setUdevRulesMasked({ host: old, rules: arrayRules, masked: true }),
            setVolumeGroupActive({ host: old, group: facts.storage.volumeGroup, active: false }),
            stopArrays({ host: old, arrays: facts.storage.arrays.map(one => one.uuid) }),
          ]),
    ];
  },
  async verify({ shell }, context) {
    const { facts, old } = scene(context);
    if (facts.storage === null) return { ok: true };
    const stat = await readOrRefuse(shell, old, ['cat', '/proc/mdstat']);
    const arrays = stat.split('\n').flatMap(line => /^(md\S*) :/.exec(line)?.[1] ?? []);
    return arrays.length === 0 ? { ok: true } : { ok: false, why: `/proc/mdstat still lists ${arrays.join(', ')}` };
  },
});
