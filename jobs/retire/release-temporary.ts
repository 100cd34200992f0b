import { deleteVolume } from '#changes/delete-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import type { RetirementFacts } from '../read/retirement-facts.ts';

/** Volumes that were made for the time of the upgrade go; the temporary address is free since the real one moved. */
export const releaseTemporary = defineStep({
  id: 'release-temporary',
  title: 'Delete the temporary volume',
  danger: 'irreversible',
  gate: 'retire',
  plan: context => {
    const facts = context.facts(context.target) as unknown as RetirementFacts;
    return facts.temporaryVolumes.map(volume => deleteVolume({ volume }));
  },
});
