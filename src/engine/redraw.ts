import { outdated, voidedByEstate } from '#core/altered-estate.ts';
import { type PlannedChange, sameEffect } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import { FerryError } from '#core/errors.ts';
import type { Policy } from '#core/gates.ts';
import type { JsonObject } from '#core/json.ts';
import type { Run, StepState } from '#core/run.ts';
import { contextOf } from './context.ts';
import { type Procedure, planAs } from './plan-step.ts';

/** A run that has to follow the estate takes what it says now; what was asked by what it said before is void. Pure. */
export function redrawn(run: Run, policy: Policy, procedure: Procedure): NewEntry[] {
  const found = outdated(run, policy);
  if (found === undefined || 'impossible' in found.draft) return [];
  const { altered, draft } = found;
  const { settings, nodes, gone } = draft;
  const made = Object.values(run.steps).filter(step => isMadeOtherwise(run, step, settings, procedure));
  return [
    ...voidedByEstate(run, altered),
    { type: 'estate-altered', altered, settings, nodes, gone, made: made.map(step => step.node.key) },
  ];
}

/** It was made, or is being made, and would be another thing by what the estate says now. */
function isMadeOtherwise(run: Run, step: StepState, settings: JsonObject, procedure: Procedure): boolean {
  const { node, status, plan = [] } = step;
  if (plan.length === 0 || status === 'waiting' || status === 'skipped' || status === 'dropped') return false;
  const context = contextOf(run, node.target, node.key);
  const was = tryPlan(() => planAs(run, node, context, procedure));
  const is = tryPlan(() => planAs(run, node, { ...context, settings }, procedure));
  // Both by the facts and outputs of now, so that nothing but the settings tells them apart.
  if (was === undefined || is === undefined) return was !== is;
  return !sameEffect(was, is);
}

function tryPlan(plan: () => readonly PlannedChange[]): readonly PlannedChange[] | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof FerryError) return undefined;
    throw error;
  }
}
