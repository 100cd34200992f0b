import { hashOf } from './hash.ts';
import type { JsonObject } from './json.ts';

/** One alteration of the world: a kind, the version of that kind's code, and arguments that say everything it needs. */
export interface Change {
  readonly kind: string;
  readonly version: number;
  readonly args: JsonObject;
}

/**
 * How a change is undone, as far as it is known before it is made: another change, a rule in words for what only shows
 * while it is made ("enable and start what was"), or why it can't be undone. It is part of what is approved.
 */
export type Undo = { readonly change: Change } | { readonly rule: string } | { readonly impossible: string };

/** A change in a run's plan. */
export interface PlannedChange extends Change {
  /** `target/step/index`: the same in every plan of the run for the same place. */
  readonly id: string;
  readonly undo: Undo;
  /** Its line in the approval message, every id whole. */
  readonly says: string;
}

/** What the hash of a gate binds of a change: the words of its line may be bettered, its effect may not. */
export function boundForm(change: PlannedChange, step: { readonly target: string; readonly step: string }): unknown {
  return [step.target, step.step, change.kind, change.version, change.args, change.undo];
}

/** Two plans of a step have the same effect when their bound forms agree. */
export function sameEffect(a: readonly PlannedChange[], b: readonly PlannedChange[]): boolean {
  const form = (changes: readonly PlannedChange[]) =>
    hashOf(changes.map(change => boundForm(change, { target: '', step: change.id })));
  return form(a) === form(b);
}
