import { setUnits } from '#changes/set-units.ts';
import { defineStep } from '#engine/define-step.ts';
import { liveBackend } from './hold-builds.ts';

/** The live backend builds again. */
export const releaseBuilds = defineStep({
  id: 'release-builds',
  title: 'Let the backend build again',
  danger: 'disruptive',
  gate: 'outage',
  plan: context => [setUnits({ host: liveBackend(context), units: [{ unit: 'copr-backend.target', active: true }] })],
});
