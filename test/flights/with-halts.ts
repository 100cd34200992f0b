import { nodeKey } from '#core/graph.ts';
import type { StepDefinition, Steps } from '#engine/define-step.ts';

/** The same steps, but those that are named don't pass their check. */
export function withHalts(steps: Steps, halting: ReadonlySet<string>): Steps {
  const wrapped = Object.values(steps).map(
    (step): StepDefinition => ({
      ...step,
      async verify(ports, context) {
        if (halting.has(nodeKey(context.target, step.id))) return { ok: false, why: 'the check does not pass' };
        return (await step.verify?.(ports, context)) ?? { ok: true };
      },
    }),
  );
  return Object.fromEntries(wrapped.map(step => [step.id, step]));
}
