import { detachVolume } from '#changes/detach-volume.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setUnits } from '#changes/set-units.ts';
import { stopped } from '#changes/shared/unit-goal.ts';
import { unmount } from '#changes/unmount.ts';
import { defineStep } from '#engine/define-step.ts';
import { arrayRules } from '../array-rules.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { temporaryMounts, temporaryOf } from '../temporary.ts';

/**
 * The document: "On the new hostname, stop the lighttpd etc. and umount the temporary volume. It needs to be detached".
 * udev's array rules are masked before the members come, so that a late one lets no array start degraded.
 */
export const releaseTemporaryStorage = defineStep({
  id: 'release-temporary-storage',
  title: 'Release the temporary volume from the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance', 'create-temporary-storage'],
  plan: context => {
    const here = scene(context);
    const { instance } = here.new;
    const host = onInstance(instance);
    const { volume, device } = temporaryOf(here);
    return [
      setUnits({ host, units: stopped(['lighttpd.service', 'copr-backend.target']) }),
      ...temporaryMounts(here).map(mount => unmount({ host, mount })),
      detachVolume({ volume, instance, device }),
      setUdevRulesMasked({ host, rules: arrayRules, masked: true }),
    ];
  },
});
