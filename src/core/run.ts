import type { Change, PlannedChange } from './change.ts';
import type { Announcement, Asked, RunTarget, Subject, What } from './entries.ts';
import type { Graph, Node } from './graph.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * State of a step.
 *
 * waiting → running → done; running → halted → running (retry), by-hand (`!done`, being verified) or skipped;
 * waiting → halted (it can't be planned, its target isn't ready) → waiting (retry); by-hand → done or halted;
 * waiting → by-hand, skipped; waiting, halted → dropped (the run turned back).
 */
export type StepStatus = 'waiting' | 'running' | 'halted' | 'by-hand' | 'done' | 'skipped' | 'dropped';

export interface Halted {
  readonly code: string;
  readonly sentence: string;
  readonly evidence: readonly string[];
  readonly at: number;
}

export interface StepState {
  node: Node;
  status: StepStatus;
  plan: readonly PlannedChange[] | undefined;
  begunAt: number | undefined;
  /** seq of `begun`, or of the `!retry` after it: a withdrawal later than that doesn't stop the step. */
  begunSeq: number | undefined;
  endedAt: number | undefined;
  outputs: JsonObject | undefined;
  note: string | undefined;
  halt: Halted | undefined;
  /** How often it has halted. */
  halts: number;
  /** `since`: until when Ferry was at it itself, ms. */
  byHand: { readonly person: string; readonly because: string; readonly since: number } | undefined;
  /** When it halted last while it ran, ms. */
  ranUntil: number | undefined;
  /** It isn't made as planned, or not by Ferry: since which entry, and by whom. */
  altered: Altered | undefined;
  /** What it began with, where the estate was altered since; undefined: the run's. */
  settings: JsonObject | undefined;
}

/** How a step left the plan. What was altered before a gate was under way is part of what its approval binds. */
export interface Altered {
  readonly how: 'left out' | 'done by hand' | 'turned back';
  readonly person: string;
  readonly because: string;
  readonly seq: number;
}

/** Nothing of the step is still to come. */
export function isOver(step: Pick<StepState, 'status'>): boolean {
  return step.status === 'done' || step.status === 'skipped' || step.status === 'dropped';
}

/**
 * Outcome of a change's current generation: `none` nothing intended yet; `intended` sent or about to be; `unknown` the
 * reply was lost; `refused` the world said no; `failed` this generation ended (the next has another key); `made` done.
 */
export type ChangeOutcome = 'none' | 'intended' | 'unknown' | 'refused' | 'failed' | 'made';

export interface ChangeState {
  readonly id: string;
  /** The generation that counts now: 1 at first, one more after each `failed`. */
  generation: number;
  outcome: ChangeOutcome;
  request: Change | undefined;
  key: string | undefined;
  /** What an undo needs, as seen before the first intent. */
  before: Json;
  sendBy: number;
  lease: number;
  intents: number;
  /** Intents that certainly had no effect. */
  harmless: number;
  /** Refusals, and unclear outcomes, since it began or a person last said `!retry`: both are bounded. */
  refusals: number;
  unclear: number;
  /** A person said `!retry` after an unclear outcome: they looked. */
  lookedAt: boolean;
  output: JsonObject | undefined;
  /** Found done by somebody else: this run never sent it. */
  found: boolean;
}

/** open ⇄ approved (an approval was withdrawn); from both to rejected, expired or void, which are final. */
export type RequestStatus = 'open' | 'approved' | 'rejected' | 'expired' | 'void';

export interface Approval {
  readonly gate: Subject;
  readonly hash: string;
  readonly person: string;
  readonly account: string;
  readonly at: number;
  readonly seq: number;
}

export interface RequestState extends Asked {
  readonly at: number;
  readonly seq: number;
  /** seq of its first approval. */
  approvedSeq: number | undefined;
  /** seq of the first entry after that by which something that it allows began; undefined: nothing is under way. */
  underWaySeq: number | undefined;
  status: RequestStatus;
  why: string | undefined;
  /** What differed when it was voided by drift. */
  difference: readonly string[];
  approvals: Approval[];
  /** Persons who took theirs back, with the seq at which it was recorded. */
  withdrawals: { readonly person: string; readonly seq: number }[];
  /** Accounts that were told why they don't count. */
  notCounted: string[];
}

/** The request can still open its gates. */
export function isAlive(request: RequestState): boolean {
  return request.status === 'open' || request.status === 'approved';
}

export interface Posted {
  readonly room: string;
  readonly event: string;
  /** Of a request: the event by which we had come into the room. Unknown in journals of earlier versions. */
  readonly cameIn?: string;
}

/** A run, folded from its journal. Built by `fold` only; everybody else reads. */
export interface Run {
  readonly id: string;
  readonly uid: string;
  readonly what: What;
  readonly environment: string;
  targets: RunTarget[];
  readonly asker: string;
  readonly because: string | null;
  readonly release: number | null;
  readonly room: string;
  readonly kinds: Readonly<Record<string, number>>;
  /** As frozen at the proposal, or when the estate was altered last before the outage. Replaced, never changed. */
  settings: JsonObject;
  /** Targets whose facts were read by what the estate said before: they are read anew before anything is planned. */
  unread: string[];
  /** What the estate says otherwise that the run doesn't take, as it was said last. */
  keptFrom: readonly string[];
  readonly proposedAt: number;
  head: { seq: number; hash: string };
  lastAt: number;
  /** Replaced, never changed: what was worked out of it is kept beside it. */
  graph: Graph;
  steps: Record<string, StepState>;
  changes: Record<string, ChangeState>;
  facts: Record<string, { facts: JsonObject; remarks: readonly string[]; at: number; seq: number }>;
  /** Oldest first. */
  requests: RequestState[];
  paused: { person: string; at: number } | undefined;
  started: { person: string; at: number; seq: number } | undefined;
  /** The run whose outage it found on when it could begin its own. */
  outageWaits: { other: string; at: number } | undefined;
  outageBegun: { at: number; seq: number } | undefined;
  /** A way back that was taken when the outage was over began one anew: since when, and the how manieth outage of the run that is. */
  outageAgain: { at: number; nth: number } | undefined;
  /** Until when both instances are kept as they are after the outage; undefined: that hasn't begun. `by`: who ended it early. */
  window: { until: number; by: string | undefined } | undefined;
  turning:
    | {
        how: 'rollback' | 'cancel';
        person: string;
        because: string | null;
        targets: readonly string[];
        /** It begins an outage anew. */
        again: boolean;
        at: number;
        /** Somebody said so once more: a look that can't see is given up at once. */
        hurry: boolean;
        /** What can't be seen meanwhile, by step, and until when (ms) it is looked at. */
        unseen: Record<string, { sentence: string; until: number }>;
      }
    | undefined;
  /** Targets that turned back, and how. */
  turned: Record<string, 'rollback' | 'cancel'>;
  /** Persons beside the asker who altered the plan that is to be judged (`!skip`, `!done`, `!rollback`). */
  alterers: string[];
  /** Every account that the asker and the alterers had when they said so: none of them approves, whatever the estate calls it. */
  accounts: string[];
  reminded: Record<string, number>;
  owed: Record<
    string,
    Announcement & { owedAt: number; told: { by: string | null; ref: string; at: number } | undefined }
  >;
  posted: Record<string, Posted>;
  notes: { at: number; person: string; text: string }[];
  causes: Set<string>;
  ended: { outcome: 'done' | 'cancelled' | 'rolled-back'; at: number } | undefined;
  /** An entry that this version doesn't know, or that bears no right seal: nothing moves any more. */
  strange: string | undefined;
  /** seq of the first entry that somebody wrote without the journal's key. */
  unsealed: number | undefined;
}
