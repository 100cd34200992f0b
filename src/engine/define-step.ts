import type { Change } from '#core/change.ts';
import type { Announcement, What } from '#core/entries.ts';
import type { Danger, Gate } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import type { HostRef } from '#ports/shell.ts';
import type { LimitName, Readers } from './define-change.ts';

/** What a step knows: pure data. Facts are what was read of the world, outputs what changes brought about. */
export interface StepContext {
  readonly run: {
    readonly uid: string;
    readonly id: string;
    readonly what: What;
    readonly environment: string;
    readonly asker: string;
    readonly release: number | null;
    readonly because: string | null;
    /** Store time in ms at which it was proposed. */
    readonly proposedAt: number;
    readonly outageBegunAt: number | null;
    /** Whole minutes since the outage began, at least 1; null before it. */
    readonly outageMinutes: number | null;
    /** The how manieth outage of the run is on, or was: 2 where a way back began one anew. */
    readonly outage: number;
    /** All of the run's targets turned back. */
    readonly turnedBack: boolean;
    /** Targets that turned back, or are to. */
    readonly turned: readonly string[];
    readonly targets: readonly string[];
  };
  /** The step's target, or `run`. */
  readonly target: string;
  /** The estate as frozen in the journal; the procedure gives it its type. */
  readonly settings: JsonObject;
  /** Facts by target, `undefined` before they were read. */
  facts(target: string): JsonObject | undefined;
  /** Outputs of a finished step of a target; undefined when it hasn't finished or isn't in the graph. */
  outputs(target: string, step: string): JsonObject | undefined;
  /** What a step has sent so far: each change's kind and newest key, to read on what a neighbour does. */
  attempts(target: string, step: string): readonly { readonly kind: string; readonly key: string }[];
  /** Whether what a step of a target made was taken back. */
  undone(target: string, step: string): boolean;
  /** Who did the step by hand, what they said of it, and until when (ms) Ferry was at it itself; undefined when nobody did. */
  byHand(
    target: string,
    step: string,
  ): { readonly person: string; readonly because: string; readonly since: number } | undefined;
  /** Whether the graph has the step for the target, and it wasn't skipped. */
  has(target: string, step: string): boolean;
}

export type Verdict =
  /** `again`: what was read isn't whole; it is asked again as long as there may be doubt, and then taken as it is. */
  | { readonly ok: true; readonly note?: string; readonly outputs?: JsonObject; readonly again?: string }
  /**
   * `wait`: it may still come; it is asked again until the step's limit. Without it the no is asked for again, spaced, until
   * it was said often enough: one odd reading is no fact. `sure`: asking again can't tell anything else.
   */
  | {
      readonly ok: false;
      readonly why: string;
      readonly wait?: boolean;
      readonly sure?: boolean;
      readonly evidence?: readonly string[];
    };

/** "all that was written to … since …", and since when that is, ms. */
export interface Loss {
  readonly what: string;
  readonly since: number;
}

export interface StepDefinition {
  readonly id: string;
  /** In words for the room, e.g. "Detach the data volumes from the old instance". */
  readonly title: string;
  readonly danger: Danger;
  readonly gate?: Gate;
  /** What people do, or waive: `!done` is taken as soon as the run has come to it, without a halt. */
  readonly byPeople?: true;
  /** What a mistake is found or mended by (a snapshot, a dump, a rehearsal, a check): a second person agrees to leave it out, in every phase. */
  readonly safeguard?: true;
  /** What it makes is a way back from what this gate's steps of the same target do; the gate isn't asked for without one. */
  readonly saves?: Gate;
  /** Steps of the same target whose outputs `plan` reads; checked against the graph, never an order. */
  readonly needs?: readonly string[];
  /** Pure. No changes: the step only reads and verifies. */
  plan?(context: StepContext): readonly Change[];
  /** Reads the facts of the target (check-readiness, check-retirement). @throws Halt when the run can't go on. */
  read?(
    ports: Readers,
    context: StepContext,
  ): Promise<{ readonly facts: JsonObject; readonly remarks: readonly string[] }>;
  /** Reads only, before the first change: what must hold first (snapshots completed). Waited for until the step's limit. */
  ready?(ports: Readers, context: StepContext): Promise<Verdict>;
  /**
   * `verify` reads back all that the changes do, also those whose kind can't show what people did (`unseen`). Otherwise a
   * second person agrees to what was done by hand.
   */
  readonly verifyReadsAll?: true;
  /** Reads only: what can be read of the step where people did it, a line each; shown to whoever agrees. */
  readByHand?(ports: Readers, context: StepContext): Promise<readonly string[]>;
  /** Reads only: ok, or why not. */
  verify?(ports: Readers, context: StepContext): Promise<Verdict>;
  /** What `verify` proves only where the estate names how, or that it doesn't: a line each for the plan. Pure, from the settings alone. */
  checks?(context: StepContext): readonly string[];
  /** Where undoing isn't just the inverses in reverse order: the rule that the approval shows, and its changes. */
  readonly undo?: { readonly rule: string; plan(context: StepContext): readonly Change[] };
  /**
   * Pure. What the way back makes after the inverses of its changes: a host's rules that follow from the inventory are played
   * again. `rule`: part of what the approval shows.
   */
  readonly undoEnds?: { readonly rule: string; plan(context: StepContext): readonly Change[] };
  /** What is undone of it matters to nobody who waits for the service: it is undone beside the way back, after its check. */
  readonly undoneBeside?: true;
  /** Pure. What its changes lose for good, in words, and since when it was written (ms): whoever approves them is told. */
  loses?(context: StepContext): Loss;
  /** Reads only: that it was taken back shows on the hosts. */
  undone?(ports: Readers, context: StepContext): Promise<Verdict>;
  /** What it took from the run's other targets, too, comes back where this step of the same target would give it back. */
  readonly until?: string;
  /** It changes what the way back goes to: it begins only when the settle window has ended. */
  readonly afterWindow?: boolean;
  /** It plays another target's playbook: it waits for the end of any other run's outage in the environment. */
  readonly waitsForOutages?: boolean;
  /** Hosts whose addresses its changes move: no session with them outlives that. */
  reroutes?(context: StepContext): readonly HostRef[];
  /** Default `one-by-one`; `together`: all at once. */
  readonly order?: 'one-by-one' | 'together';
  /** How long `verify` may say "wait". */
  readonly limit?: LimitName;
  /** What people are told when the step is reached; delivering it never holds up the run. */
  tell?(context: StepContext): readonly Announcement[];
}

export function defineStep(definition: StepDefinition): StepDefinition {
  return definition;
}

/** All steps, by id: `jobs/index.ts`. */
export type Steps = Readonly<Record<string, StepDefinition>>;

/** @throws Error when two steps have one id. */
export function stepsOf(definitions: readonly StepDefinition[]): Steps {
  const steps: Record<string, StepDefinition> = {};
  for (const step of definitions) {
    if (steps[step.id] !== undefined) throw new Error(`two steps are named ${step.id}`);
    steps[step.id] = step;
  }
  return steps;
}
