import type { PlannedChange } from './change.ts';
import { type Entry, type EntryOf, isKnown } from './entries.ts';
import type { Node } from './graph.ts';
import { hashOf } from './hash.ts';
import type { ChangeState, Run, StepState } from './run.ts';

/** A run as its proposal makes it. */
export function newRun(entry: Entry & EntryOf<'proposed'>): Run {
  const run: Run = {
    id: entry.id,
    uid: entry.uid,
    what: entry.what,
    environment: entry.environment,
    targets: [...entry.targets],
    asker: entry.asker,
    because: entry.because,
    release: entry.release,
    room: entry.room,
    kinds: entry.kinds,
    settings: entry.settings,
    unread: [],
    keptFrom: [],
    proposedAt: entry.at,
    head: { seq: 1, hash: hashOf(entry) },
    lastAt: entry.at,
    graph: {},
    steps: {},
    changes: {},
    facts: {},
    requests: [],
    paused: undefined,
    started: undefined,
    outageWaits: undefined,
    outageBegun: undefined,
    outageAgain: undefined,
    window: undefined,
    turning: undefined,
    turned: {},
    alterers: [],
    accounts: [...(entry.accounts ?? [])],
    reminded: {},
    owed: {},
    posted: {},
    notes: [],
    causes: new Set([entry.cause]),
    ended: undefined,
    strange: isKnown(entry) ? undefined : `entry 1 is of version ${String(entry.v)}`,
    unsealed: undefined,
  };
  addNodes(run, entry.nodes);
  return run;
}

/** Adds steps to a run's graph. @param plans of steps that are planned already, by key. */
export function addNodes(
  run: Run,
  nodes: readonly Node[],
  plans: Readonly<Record<string, readonly PlannedChange[]>> = {},
): void {
  run.graph = { ...run.graph, ...Object.fromEntries(nodes.map(node => [node.key, node])) };
  for (const node of nodes) run.steps[node.key] = freshStep(node, plans[node.key]);
}

function freshStep(node: Node, plan: readonly PlannedChange[] | undefined): StepState {
  return {
    node,
    status: 'waiting',
    plan,
    begunAt: undefined,
    begunSeq: undefined,
    endedAt: undefined,
    outputs: undefined,
    note: undefined,
    halt: undefined,
    halts: 0,
    byHand: undefined,
    ranUntil: undefined,
    altered: undefined,
    settings: undefined,
  };
}

/** A change that was never intended. */
export function freshChange(id: string): ChangeState {
  return {
    id,
    generation: 1,
    outcome: 'none',
    request: undefined,
    key: undefined,
    before: null,
    sendBy: 0,
    lease: 0,
    intents: 0,
    harmless: 0,
    refusals: 0,
    unclear: 0,
    lookedAt: false,
    output: undefined,
    found: false,
  };
}
