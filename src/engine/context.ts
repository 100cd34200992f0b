import { nodeKey } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import type { Run } from '#core/run.ts';
import type { StepContext } from './define-step.ts';

/** What a step of a run may know, drawn from the folded journal. */
export function contextOf(run: Run, target: string): StepContext {
  return {
    run: {
      uid: run.uid,
      id: run.id,
      what: run.what,
      environment: run.environment,
      asker: run.asker,
      release: run.release,
      because: run.because,
      proposedAt: run.proposedAt,
      outageBegunAt: run.outageBegun?.at ?? null,
      targets: run.targets.map(one => one.name),
    },
    target,
    settings: run.settings,
    facts: name => run.facts[name]?.facts,
    outputs: (name, step): JsonObject | undefined => run.steps[nodeKey(name, step)]?.outputs,
    has: (name, step) => {
      const state = run.steps[nodeKey(name, step)];
      return state !== undefined && state.status !== 'skipped' && state.status !== 'dropped';
    },
  };
}
