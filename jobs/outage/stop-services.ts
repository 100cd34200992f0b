import { setUnits } from '#changes/set-units.ts';
import { stoppedAndDisabled } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { earlyUnits } from '../role-units.ts';
import { scene } from '../scene.ts';

/**
 * The document, "Stop the old services": services, timers and cron, stopped and disabled, so that a reboot or a timer
 * brings none of them back. On the backend lighttpd goes on serving repositories; the frontend's database is dumped first.
 */
export const stopServices = defineStep({
  id: 'stop-services',
  title: 'Stop the services on the old instance',
  danger: 'disruptive',
  gate: 'outage',
  plan: context => {
    const { target, facts, old } = scene(context);
    return [setUnits({ host: old, units: stoppedAndDisabled(earlyUnits(target.role, facts)) })];
  },
});
