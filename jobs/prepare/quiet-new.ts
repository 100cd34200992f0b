import { setUnits } from '#changes/set-units.ts';
import { stoppedAndMasked } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/**
 * After provisioning ahead, cron and every timer on the new host are stopped and masked until enable-services: one of its
 * jobs syncs the (still empty) results with --delete to the off-site backup.
 */
export const quietNew = defineStep({
  id: 'quiet-new',
  title: 'Stop and mask cron and the timers of the new instance',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const { facts, new: launched } = scene(context);
    return [
      setUnits({ host: onInstance(launched.instance), units: stoppedAndMasked(['crond.service', ...facts.timers]) }),
    ];
  },
});
