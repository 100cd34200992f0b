import { setUnits } from '#changes/set-units.ts';
import { stoppedAndMasked } from '#changes/shared/unit-goal.ts';
import { stopInstance } from '#changes/stop-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { earlyUnits, lateUnit } from '../role-units.ts';
import { scene } from '../scene.ts';

/** The old instance is stopped (starting it is the way back), or its units are masked, as the estate says. */
export const quietOld = defineStep({
  id: 'quiet-old',
  title: 'Quiet the old instance',
  danger: 'disruptive',
  afterWindow: true,
  gate: 'address',
  plan: context => {
    const { settings, facts, target, old } = scene(context);
    if (settings.environment.options.quietOld === 'stop') return [stopInstance({ instance: old.instance })];
    const late = lateUnit(target.role);
    const units = [...earlyUnits(target.role, facts), ...(late === undefined ? [] : [late])];
    return [setUnits({ host: old, units: stoppedAndMasked(units) })];
  },
});
