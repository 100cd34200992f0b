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
    outageBegun: undefined,
    turning: undefined,
    turned: {},
    alterers: [],
    reminded: {},
    owed: {},
    posted: {},
    notes: [],
    causes: new Set([entry.cause]),
    ended: undefined,
    strange: isKnown(entry) ? undefined : `entry 1 is of version ${String(entry.v)}`,
  };
  for (const node of entry.nodes) addNode(run, node);
  return run;
}

/** Adds a step to a run's graph. */
export function addNode(run: Run, node: Node): StepState {
  run.graph[node.key] = node;
  const step: StepState = {
    node,
    status: 'waiting',
    plan: undefined,
    begunAt: undefined,
    begunSeq: undefined,
    endedAt: undefined,
    outputs: undefined,
    note: undefined,
    halt: undefined,
    halts: 0,
    byHand: undefined,
    leftOut: false,
  };
  run.steps[node.key] = step;
  return step;
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
