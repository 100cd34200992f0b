import { stepsBehind } from './gates.ts';
import type { Gate } from './graph.ts';
import type { Run, StepState } from './run.ts';

/** Steps of a target that make a way back from what a gate's steps do there, and are still in the plan. */
export function saversOf(run: Run, gate: Gate, target: string): StepState[] {
  return all(run, gate, target).filter(({ altered, plan }) => {
    if (altered !== undefined && altered.how !== 'done by hand') return false;
    return plan === undefined || plan.length > 0;
  });
}

/**
 * Targets of which a gate would allow what can't be undone with nothing kept beforehand: each step that would have kept it is
 * left out, or has nothing to do. The gate isn't asked for then. A procedure whose graph names no such step wants none.
 *
 * @param without judge as if this step were left out, too.
 */
export function unsavedTargets(run: Run, gate: Gate, without?: StepState): string[] {
  const changed = stepsBehind(run, gate).filter(({ plan }) => plan === undefined || plan.length > 0);
  const targets = [...new Set(changed.map(step => step.node.target))];
  return targets.filter(target => {
    const left = saversOf(run, gate, target).filter(step => step !== without);
    return left.length === 0 && all(run, gate, target).length > 0;
  });
}

function all(run: Run, gate: Gate, target: string): StepState[] {
  return Object.values(run.steps).filter(({ node }) => node.saves === gate && node.target === target);
}
