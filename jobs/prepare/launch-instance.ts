import { launchInstance } from '#changes/launch-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { launchSpec } from '../launch-spec.ts';
import { scene } from '../scene.ts';

/** The document, "Launch a new instance". The IPv6 address comes with the move; one at launch
 * only where none moves: it then gets the AAAA record. */
export const launchInstanceStep = defineStep({
  id: 'launch-instance',
  title: 'Launch the new instance',
  danger: 'safe',
  plan: context => {
    const here = scene(context);
    return [launchInstance({ spec: launchSpec(here, here.facts) })];
  },
});
