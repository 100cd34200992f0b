import type { Change, PlannedChange, Undo } from '#core/change.ts';
import type { EntryOf, NewEntry } from '#core/entries.ts';
import { FerryError, Halt } from '#core/errors.ts';
import type { Node } from '#core/graph.ts';
import type { Run } from '#core/run.ts';
import { contextOf } from './context.ts';
import type { ChangeDefinition, Kinds } from './define-change.ts';
import type { StepContext, StepDefinition, Steps } from './define-step.ts';

/** The procedure as code: all steps and all kinds of change. */
export interface Procedure {
  readonly steps: Steps;
  readonly kinds: Kinds;
  /** Steps of its own that a way back has beside the inverses; undefined: none. */
  readonly wayBack?: WayBackSteps;
  /** Undefined: what is over stays. */
  readonly returns?: Returns;
}

/** What a run of its own, long after an upgrade, can go back from. */
export interface Returns {
  /** Why an upgrade that is over can't be gone back from on a target, one sentence each; none: it can. */
  whyNot(run: Run, target: string, procedure: Procedure): readonly string[];
  /** Of a return: what isn't there any more afterwards, one sentence. */
  lost(run: Run): string;
}

/** Ids of steps. What the way back takes down is told, and what it brings back is checked, as in every outage. */
export interface WayBackSteps {
  /** Of the run: tells users that services go away once more, where the outage was over. */
  readonly begins: string;
  /** Of each target: proves that it is back. `as`: the step that proves it on the way forward; they wait for the same. */
  readonly check: { readonly step: string; readonly as: string };
  /** Of the run: tells users that they are back. */
  readonly over: string;
  readonly restore?: RestoringStep;
}

/** Of a target: the step that brings back from a copy what can't be undone. It stands behind `undo`: what was written since is lost. */
export interface RestoringStep {
  readonly step: string;
  /** Kinds of change that alter only what the copy brings back: none of them is undone then. */
  readonly kinds: readonly string[];
  /** Those of them that were certainly made, by people, where they are found done: a run plans none that was done before it. */
  readonly foundToo: readonly string[];
  /** The step that makes the copy. */
  readonly from: string;
  /** The step whose way back would bring back what was altered: this one comes in its place. */
  readonly insteadOf: string;
}

/**
 * The step's changes by its pure plan, in the form that is hashed, shown and journaled.
 *
 * @throws Halt `plan-failed` naming the step when a plan misses a fact or an output.
 */
export function planStep(run: Run, key: string, procedure: Procedure): readonly PlannedChange[] {
  const node = run.graph[key];
  if (node === undefined) throw new Error(`${run.id} has no step ${key}`);
  return planAs(run, node, contextOf(run, node.target, key), procedure);
}

/** The same for a node that needn't be in the graph, with what its step may know. @throws Halt as `planStep`. */
export function planAs(
  run: Run,
  { key, step: id }: Pick<Node, 'key' | 'step'>,
  context: StepContext,
  procedure: Procedure,
): readonly PlannedChange[] {
  const step = stepDefinition(procedure, id);
  try {
    const changes = step.plan?.(context) ?? [];
    const ends = changes.length > 0 && (step.undoEnds?.plan(context).length ?? 0) > 0 ? step.undoEnds : undefined;
    const undoOf = (change: Change, index: number, kind: ChangeDefinition): Undo => {
      if (step.undo !== undefined) return { rule: step.undo.rule };
      return ends !== undefined && index === changes.length - 1 ? { rule: ends.rule } : kind.inverse(change.args);
    };
    return changes.map((change, index) => {
      const kind = kindDefinition(procedure, change.kind, run);
      return {
        ...change,
        id: `${key}/${index}`,
        undo: undoOf(change, index, kind),
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

const undoes = 'undo-';

/** The id of a step that takes another back by the inverses of its changes. */
export function undoId(step: string): string {
  return `${undoes}${step}`;
}

/** The id of the step that one takes back; of any other step its own. */
export function undoneId(step: string): string {
  return step.startsWith(undoes) ? step.slice(undoes.length) : step;
}

/** What a step does beside its changes. One that takes another back has of that one's only what is for the way back. */
export function definitionOf(procedure: Procedure, { step, title, danger, phase }: Node): StepDefinition {
  if (phase !== 'undo' || !step.startsWith(undoes)) return stepDefinition(procedure, step);
  const { limit, waitsForOutages, undone } = procedure.steps[undoneId(step)] ?? {};
  return {
    id: step,
    title,
    danger,
    ...(limit === undefined ? {} : { limit }),
    ...(waitsForOutages === undefined ? {} : { waitsForOutages }),
    ...(undone === undefined ? {} : { verify: undone }),
  };
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
