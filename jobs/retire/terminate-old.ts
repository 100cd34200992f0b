import { terminateInstance } from '#changes/terminate-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import type { RetirementFacts } from '../read/retirement-facts.ts';

/** The document, "Terminate the old instance": protection off, terminated, its root volume with it. */
export const terminateOld = defineStep({
  id: 'terminate-old',
  title: 'Terminate the old instance',
  danger: 'irreversible',
  gate: 'retire',
  plan: context => {
    const facts = context.facts(context.target) as unknown as RetirementFacts;
    return [terminateInstance({ instance: facts.old.instance, unprotect: true })];
  },
});
