import { deleteBuilders } from '#changes/delete-builders.ts';
import { setBuildersMax } from '#changes/set-builders-max.ts';
import { setUnits } from '#changes/set-units.ts';
import { stoppedAndDisabled } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** The document, "Terminate resalloc resources": no new builders, no new builds, then the builders that there are. */
export const drainBuilders = defineStep({
  id: 'drain-builders',
  title: 'Delete the builders',
  danger: 'disruptive',
  gate: 'outage',
  plan: context => {
    const { old } = scene(context);
    return [
      setBuildersMax({ host: old, path: '/etc/resallocserver/pools.yaml', max: 0 }),
      setUnits({ host: old, units: stoppedAndDisabled(['copr-backend.target']) }),
      deleteBuilders({ host: old }),
    ];
  },
});
