import { deleteSnapshot } from '#changes/delete-snapshot.ts';
import { defineStep } from '#engine/define-step.ts';
import type { RetirementFacts } from '../read/retirement-facts.ts';

/**
 * Snapshots of runs that were cancelled or turned back go, by the tag that such a run gave them at its end. Those of an upgrade that
 * stayed are kept until their DeleteAfter, and an upgraded data volume is never deleted by Ferry: check-retirement names it.
 */
export const deleteSnapshots = defineStep({
  id: 'delete-snapshots',
  title: 'Delete the snapshots of runs that were cancelled or turned back',
  danger: 'irreversible',
  gate: 'retire',
  order: 'together',
  plan: context => {
    const facts = context.facts(context.target) as unknown as RetirementFacts;
    return (facts.snapshots ?? []).map(snapshot => deleteSnapshot({ snapshot }));
  },
});
