import { killProcesses } from '#changes/kill-processes.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { noProcess } from '../verify/no-process.ts';

/** Programs of the backend that are ended: each is started again by what started it. */
const ended = [
  '/usr/bin/prunerepo',
  '/usr/bin/copr-backend-process-build',
  '/usr/bin/rsnapshot',
  '/usr/bin/copr_prune_results.py',
  '/usr/bin/copr-backend-hitcounter',
];

/** Programs that are waited for: an action or an import must not be cut. */
const awaited = {
  backend: '/usr/bin/copr-backend-process-action',
  distgit: '/usr/bin/copr-distgit-process-import',
} as const;

/** The document: kill prunerepo and process-build, wait for process-action; the distgit's imports survive their service. */
export const finishWork = defineStep({
  id: 'finish-work',
  title: 'End or await the work under way',
  danger: 'disruptive',
  gate: 'outage',
  limit: 'holders',
  plan: context => {
    const { target, old } = scene(context);
    return target.role === 'backend' ? [killProcesses({ host: old, programs: ended })] : [];
  },
  verify: ({ shell }, context) => {
    const { target, old } = scene(context);
    const program = target.role === 'backend' ? awaited.backend : awaited.distgit;
    return noProcess(shell, old, program);
  },
});
