import type { PlannedChange } from '#core/change.ts';
import type { EntryOf, NewEntry } from '#core/entries.ts';
import { FerryError, Halt } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import { contextOf } from './context.ts';
import type { ChangeDefinition, Kinds } from './define-change.ts';
import type { StepDefinition, Steps } from './define-step.ts';

/** The procedure as code: all steps and all kinds of change. */
export interface Procedure {
  readonly steps: Steps;
  readonly kinds: Kinds;
}

/**
 * The step's changes by its pure plan, in the form that is hashed, shown and journaled.
 *
 * @throws Halt `plan-failed` naming the step when a plan misses a fact or an output.
 */
export function planStep(run: Run, key: string, procedure: Procedure): readonly PlannedChange[] {
  const node = run.graph[key];
  if (node === undefined) throw new Error(`${run.id} has no step ${key}`);
  const step = stepDefinition(procedure, node.step);
  try {
    const changes = step.plan?.(contextOf(run, node.target)) ?? [];
    return changes.map((change, index) => {
      const kind = kindDefinition(procedure, change.kind, run);
      return {
        ...change,
        id: `${key}/${index}`,
        undo: step.undo === undefined ? kind.inverse(change.args) : { rule: step.undo.rule },
        says: kind.say(change.args),
      };
    });
  } catch (error) {
    if (error instanceof Halt) throw error;
    throw new Halt('plan-failed', `${key} can't be planned: ${(error as Error).message}`, { cause: error });
  }
}

/** The entry that plans a step, or that halts it because it can't be planned. */
export function plannedOrHalted(run: Run, key: string, procedure: Procedure): NewEntry & EntryOf<'planned' | 'halted'> {
  try {
    return { type: 'planned', step: key, changes: planStep(run, key, procedure) };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    const evidence = error instanceof Halt ? error.evidence : [];
    return { type: 'halted', step: key, code: error.code, sentence: error.message, evidence };
  }
}

/** @throws Halt `unknown-step` when this version's procedure lacks the step. */
export function stepDefinition(procedure: Procedure, id: string): StepDefinition {
  const step = procedure.steps[id];
  if (step === undefined)
    throw new Halt('unknown-step', `this version of Ferry has no step ${id}; start the version that proposed the run`);
  return step;
}

/** @throws Halt `unknown-kind` when the kind is unknown or of another version than the one planned or frozen in the run. */
export function kindDefinition(procedure: Procedure, kind: string, run: Run, planned?: number): ChangeDefinition {
  const definition = procedure.kinds[kind];
  const frozen = planned ?? run.kinds[kind];
  if (definition === undefined || (frozen !== undefined && frozen !== definition.version)) {
    const has = definition === undefined ? 'none' : `version ${definition.version}`;
    throw new Halt(
      'unknown-kind',
      `the run's change ${kind} is of version ${frozen}, this Ferry has ${has}; start the version that proposed the run`,
    );
  }
  return definition;
}
