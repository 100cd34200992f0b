import { setUnits } from '#changes/set-units.ts';
import { stoppedAndDisabled } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** After the dump, before the data leaves. */
export const stopDatabase = defineStep({
  id: 'stop-database',
  title: 'Stop the database on the old instance',
  danger: 'disruptive',
  gate: 'outage',
  plan: context => [setUnits({ host: scene(context).old, units: stoppedAndDisabled(['postgresql.service']) })],
});
