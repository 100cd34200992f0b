import { terminateInstance } from '#changes/terminate-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import type { RetirementFacts } from '../read/retirement-facts.ts';

/**
 * The document, "Terminate the old instance": protection off, terminated, its root volume with it. So goes what runs launched
 * and turned back from.
 */
export const terminateOld = defineStep({
  id: 'terminate-old',
  title: 'Terminate the old instance',
  danger: 'irreversible',
  gate: 'retire',
  plan: context => {
    const facts = context.facts(context.target) as unknown as RetirementFacts;
    const leaving = [...(facts.old === null ? [] : [facts.old.instance]), ...(facts.turnedBack ?? [])];
    return leaving.map(instance => terminateInstance({ instance, unprotect: true }));
  },
});
