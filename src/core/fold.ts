import type { Entry, EntryOf } from './entries.ts';
import { isKnown } from './entries.ts';
import type { Node } from './graph.ts';
import { hashOf } from './hash.ts';
import type { ChangeState, RequestState, Run, StepState } from './run.ts';

/**
 * A run from its journal.
 *
 * @param entries all entries in order of seq, from 1.
 * @throws Error when the first isn't `proposed`, a seq is missing, or the chain of hashes is broken.
 */
export function fold(entries: readonly Entry[]): Run {
  const [first, ...rest] = entries;
  if (first === undefined || first.type !== 'proposed' || first.seq !== 1) {
    throw new Error('a journal begins with its proposal');
  }
  const run = born(first);
  for (const entry of rest) advance(run, entry);
  return run;
}

/** Adds the next entry to a folded run, in place. @throws Error when it isn't the next one or doesn't chain. */
export function advance(run: Run, entry: Entry): void {
  if (entry.seq !== run.head.seq + 1) throw new Error(`${run.id}: entry ${entry.seq} after ${run.head.seq}`);
  if (entry.prev !== run.head.hash) throw new Error(`${run.id}: entry ${entry.seq} doesn't chain to the one before`);
  run.head = { seq: entry.seq, hash: hashOf(entry) };
  run.lastAt = entry.at;
  if (entry.cause !== undefined) run.causes.add(entry.cause);
  if (run.strange !== undefined) return;
  if (!isKnown(entry)) {
    run.strange = `entry ${entry.seq} is of type ${String(entry.type)}, version ${String(entry.v)}`;
    return;
  }
  apply(run, entry);
}

function born(entry: Entry & EntryOf<'proposed'>): Run {
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

function addNode(run: Run, node: Node): StepState {
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
  };
  run.steps[node.key] = step;
  return step;
}

function stepOf(run: Run, key: string): StepState {
  const step = run.steps[key];
  if (step === undefined) throw new Error(`${run.id} has no step ${key}`);
  return step;
}

/** A change's state; one that was never intended has a fresh one. */
export function changeOf(run: Run, id: string): ChangeState {
  return run.changes[id] ?? freshChange(id);
}

function freshChange(id: string): ChangeState {
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
    refusals: 0,
    output: undefined,
    found: false,
  };
}

function openChange(run: Run, id: string): ChangeState {
  const state = run.changes[id] ?? freshChange(id);
  run.changes[id] = state;
  return state;
}

function requestOf(run: Run, id: string): RequestState {
  const request = run.requests.find(one => one.request === id);
  if (request === undefined) throw new Error(`${run.id} has no request ${id}`);
  return request;
}

function alter(run: Run, person: string): void {
  if (!run.alterers.includes(person)) run.alterers.push(person);
}

function apply(run: Run, entry: Entry): void {
  switch (entry.type) {
    case 'proposed':
      throw new Error(`${run.id}: a second proposal`);
    case 'facts':
      run.facts[entry.target] = { facts: entry.facts, remarks: entry.remarks, at: entry.at, seq: entry.seq };
      return;
    case 'planned':
      stepOf(run, entry.step).plan = entry.changes;
      return;
    case 'begun': {
      const step = stepOf(run, entry.step);
      step.status = 'running';
      step.begunAt ??= entry.at;
      step.begunSeq ??= entry.seq;
      return;
    }
    case 'intended': {
      const change = openChange(run, entry.change);
      if (change.intents === 0) change.before = entry.before;
      change.intents += 1;
      change.outcome = 'intended';
      change.request = entry.request;
      change.generation = entry.generation;
      change.key = entry.key;
      change.sendBy = entry.sendBy;
      change.lease = entry.lease;
      return;
    }
    case 'made':
    case 'found': {
      const change = openChange(run, entry.change);
      if (change.intents === 0) change.found = true;
      change.outcome = 'made';
      change.output = entry.output;
      return;
    }
    case 'refused': {
      const change = openChange(run, entry.change);
      change.outcome = 'refused';
      change.refusals += 1;
      return;
    }
    case 'unknown':
      openChange(run, entry.change).outcome = 'unknown';
      return;
    case 'failed': {
      const change = openChange(run, entry.change);
      change.outcome = 'failed';
      change.generation = entry.generation + 1;
      return;
    }
    case 'finished': {
      const step = stepOf(run, entry.step);
      step.status = 'done';
      step.endedAt = entry.at;
      step.outputs = entry.outputs;
      step.note = entry.note ?? undefined;
      return;
    }
    case 'halted': {
      const step = stepOf(run, entry.step);
      step.status = 'halted';
      step.halts += 1;
      step.halt = { code: entry.code, sentence: entry.sentence, evidence: entry.evidence, at: entry.at };
      return;
    }
    case 'requested':
      for (const other of run.requests) {
        const again = other.gates.some(mine => entry.gates.some(theirs => theirs.gate === mine.gate));
        if (again && (other.status === 'open' || other.status === 'approved')) {
          other.status = 'void';
          other.why = 'asked-anew';
        }
      }
      run.requests.push({
        request: entry.request,
        gates: entry.gates,
        askers: entry.askers,
        expiresAt: entry.expiresAt,
        because: entry.because,
        at: entry.at,
        status: 'open',
        why: undefined,
        difference: [],
        approvals: [],
        withdrawals: [],
        notCounted: [],
      });
      return;
    case 'posted':
      run.posted[entry.what] = { room: entry.room, event: entry.event };
      return;
    case 'approved': {
      const request = requestOf(run, entry.request);
      const { gate, hash, person, account } = entry;
      request.approvals = request.approvals.filter(one => !(one.gate === gate && one.person === person));
      request.approvals.push({ gate, hash, person, account, at: entry.at, seq: entry.seq });
      request.withdrawals = request.withdrawals.filter(one => one.person !== person);
      if (request.gates.every(one => request.approvals.some(approval => approval.gate === one.gate))) {
        request.status = 'approved';
      }
      return;
    }
    case 'rejected': {
      const request = requestOf(run, entry.request);
      request.status = 'rejected';
      request.why = entry.person;
      return;
    }
    case 'withdrawn': {
      const request = requestOf(run, entry.request);
      request.withdrawals.push({ person: entry.person, seq: entry.seq });
      const holds = request.gates.every(one =>
        request.approvals.some(
          approval => approval.gate === one.gate && !request.withdrawals.some(gone => gone.person === approval.person),
        ),
      );
      if (!holds && request.status === 'approved') request.status = 'open';
      return;
    }
    case 'expired': {
      requestOf(run, entry.request).status = 'expired';
      return;
    }
    case 'voided': {
      const request = requestOf(run, entry.request);
      request.status = 'void';
      request.why = entry.why;
      request.difference = entry.difference;
      if (run.outageBegun === undefined) run.started = undefined;
      return;
    }
    case 'reminded':
      run.reminded[entry.about] = entry.nth;
      return;
    case 'not-counted':
      requestOf(run, entry.request).notCounted.push(entry.account);
      return;
    case 'started':
      run.started = { person: entry.person, at: entry.at, seq: entry.seq };
      return;
    case 'outage-begun':
      run.outageBegun = { at: entry.at, seq: entry.seq };
      return;
    case 'paused':
      run.paused = { person: entry.person, at: entry.at };
      return;
    case 'resumed':
      run.paused = undefined;
      return;
    case 'taken':
      run.targets = run.targets.map(target =>
        target.name === entry.target ? { ...target, driver: entry.person } : target,
      );
      return;
    case 'noted':
      run.notes.push({ at: entry.at, person: entry.person, text: entry.text });
      return;
    case 'retried': {
      const step = stepOf(run, entry.step);
      step.status = 'running';
      step.halt = undefined;
      for (const change of step.plan ?? []) {
        const state = run.changes[change.id];
        if (state !== undefined && state.outcome === 'refused') state.refusals = 0;
      }
      return;
    }
    case 'done-by-hand': {
      const step = stepOf(run, entry.step);
      step.status = 'by-hand';
      step.halt = undefined;
      step.begunAt ??= entry.at;
      step.begunSeq ??= entry.seq;
      step.byHand = { person: entry.person, because: entry.because };
      return;
    }
    case 'skipped': {
      const step = stepOf(run, entry.step);
      step.status = 'skipped';
      step.halt = undefined;
      step.endedAt = entry.at;
      step.note = entry.because;
      alter(run, entry.person);
      return;
    }
    case 'turning-back':
      run.turning = { how: entry.how, person: entry.person, because: entry.because, targets: entry.targets };
      run.paused = undefined;
      alter(run, entry.person);
      return;
    case 'turned-back': {
      for (const key of entry.dropped) {
        const step = stepOf(run, key);
        step.status = 'dropped';
        step.halt = undefined;
      }
      for (const node of entry.nodes) addNode(run, node).plan = entry.plans[node.key] ?? [];
      for (const target of entry.targets) run.turned[target] = run.turning?.how ?? 'rollback';
      for (const request of run.requests) {
        if (request.status === 'open') {
          request.status = 'void';
          request.why = 'turned-back';
        }
      }
      run.turning = undefined;
      return;
    }
    case 'owed': {
      const { item, channel, to, subject, text } = entry;
      run.owed[item] = { item, channel, to, subject, text, owedAt: entry.at, told: undefined };
      return;
    }
    case 'told': {
      const owed = run.owed[entry.item];
      if (owed !== undefined) owed.told = { by: entry.by, ref: entry.ref, at: entry.at };
      return;
    }
    case 'ended':
      run.ended = { outcome: entry.outcome, at: entry.at };
  }
}
