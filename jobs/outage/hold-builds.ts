import { killProcesses } from '#changes/kill-processes.ts';
import { setUnits } from '#changes/set-units.ts';
import { stopped } from '#changes/shared/unit-goal.ts';
import { Halt } from '#core/errors.ts';
import { defineStep, type StepContext } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { noProcess } from '../verify/no-process.ts';

/** The environment's live backend, which isn't in this run. @throws Halt `missing`. */
export function liveBackend(context: StepContext): { readonly instance: string } {
  const { backend } = scene(context).facts;
  if (backend === null) throw new Halt('missing', `${context.run.environment} has no backend in the estate`);
  return { instance: backend.instance };
}

/** While distgit or keygen are away the live backend builds nothing: killed builds start again, actions are awaited. */
export const holdBuilds = defineStep({
  id: 'hold-builds',
  title: 'Hold builds on the backend',
  danger: 'disruptive',
  gate: 'outage',
  limit: 'holders',
  until: 'release-builds',
  plan: context => {
    const host = liveBackend(context);
    return [
      setUnits({ host, units: stopped(['copr-backend.target']) }),
      killProcesses({ host, programs: ['/usr/bin/copr-backend-process-build'] }),
    ];
  },
  verify: ({ shell }, context) => noProcess(shell, liveBackend(context), '/usr/bin/copr-backend-process-action'),
});
