import type { NewEntry } from './entries.ts';
import {
  type GateState,
  gateHash,
  gateState,
  gatesNeeded,
  isUnderWay,
  type Policy,
  requestFor,
  stepsBehind,
} from './gates.ts';
import { type Gate, type Node, wholeRun } from './graph.ts';
import type { RequestState, Run, StepState } from './run.ts';

/** Times for people, ms. Never scaled. */
export interface PeopleTiming {
  /** An open request reminds whom it called first, then (from the asking on) calls on-call, then expires. */
  readonly remind: number;
  readonly page: number;
  readonly expire: number;
  /** A halt asks its driver again, then calls on-call. */
  readonly haltRemind: number;
  readonly haltPage: number;
}

export interface DecidePolicy extends Policy {
  readonly people: PeopleTiming;
  /** How old facts may be when an outage begins, ms. */
  readonly freshFacts: number;
}

/** What a run waits for; shown by `!why` and `!status`. */
export type Waiting =
  | { readonly for: 'approval'; readonly request: string; readonly gates: readonly Gate[] }
  | { readonly for: 'ask'; readonly gates: readonly Gate[]; readonly why: string }
  | { readonly for: 'start' }
  | { readonly for: 'halt'; readonly step: string }
  | { readonly for: 'resume'; readonly person: string }
  | { readonly for: 'newer-version'; readonly why: string };

export interface Decision {
  /** Steps that may run now, side by side; those that run already (a crash may have left them) included. */
  readonly start: readonly string[];
  /** Steps to plan now, by pure functions of facts and outputs. */
  readonly plan: readonly string[];
  /** Targets whose facts are to be read again before the outage may begin. */
  readonly read: readonly string[];
  /** The way back is to be planned now. */
  readonly turnBack: boolean;
  /** What follows from the journal and the time alone: appended at this head. */
  readonly append: readonly NewEntry[];
  /** Store time in ms at which to decide again, whatever happens. */
  readonly wakeAt: number | undefined;
  readonly waiting: readonly Waiting[];
}

const nothing: Decision = {
  start: [],
  plan: [],
  read: [],
  turnBack: false,
  append: [],
  wakeAt: undefined,
  waiting: [],
};

/** Gates that are asked for in one message, in the order of asking; DATABASE and RETIRE stand alone. */
const together: readonly (readonly Gate[])[] = [
  ['live'],
  ['outage', 'storage', 'address'],
  ['database'],
  ['retire'],
  ['undo'],
];

/**
 * What a run does next: a pure function of its journal, the estate's policy and store time. Never empty unless the run
 * has ended: something starts, is appended, or is waited for.
 */
export function decide(run: Run, policy: DecidePolicy, now: number): Decision {
  if (run.ended !== undefined) return nothing;
  if (run.strange !== undefined) return { ...nothing, waiting: [{ for: 'newer-version', why: run.strange }] };

  const steps = Object.values(run.steps);
  const running = steps
    .filter(step => step.status === 'running' || step.status === 'by-hand')
    .map(step => step.node.key);
  if (run.turning !== undefined) {
    const { targets } = run.turning;
    const busy = running.some(key => targets.includes(run.steps[key]?.node.target ?? ''));
    return { ...nothing, start: running, turnBack: !busy };
  }

  const times: number[] = [];
  const append: NewEntry[] = [...dueRequests(run, policy, now, times), ...dueHalts(run, policy, now, times)];
  const plan = toPlan(run);
  if (plan.length === 0) append.push(...toAsk(run, policy, now));

  const waiting: Waiting[] = waitingFor(run, policy, now);
  let read: string[] = [];
  const start = new Set(running);
  if (run.paused === undefined) {
    const begin = mayBegin(run, policy, now);
    if (begin) {
      read = staleTargets(run, policy, now);
      if (read.length === 0 && plan.length === 0 && append.length === 0) append.push({ type: 'outage-begun' });
    }
    for (const step of steps) if (isReady(run, step, policy, now)) start.add(step.node.key);
  }
  if (start.size === 0 && append.length === 0 && steps.every(step => isOver(step))) {
    append.push({ type: 'ended', outcome: outcomeOf(run) });
  }
  return {
    start: [...start],
    plan,
    read,
    turnBack: false,
    append,
    wakeAt: times.length === 0 ? undefined : Math.min(...times),
    waiting,
  };
}

function isOver(step: StepState): boolean {
  return step.status === 'done' || step.status === 'skipped' || step.status === 'dropped';
}

function outcomeOf(run: Run): 'done' | 'cancelled' | 'rolled-back' {
  const turned = run.targets.map(target => run.turned[target.name]);
  if (turned.every(how => how === undefined)) return 'done';
  if (turned.some(how => how === undefined)) return 'done';
  return turned.includes('rollback') ? 'rolled-back' : 'cancelled';
}

/** A predecessor is out of the way: done or left out, or dropped and its target's way back has been gone. */
export function isSettled(run: Run, key: string): boolean {
  const step = run.steps[key];
  if (step === undefined) return true;
  if (step.status === 'done' || step.status === 'skipped') return true;
  if (step.status !== 'dropped') return false;
  return Object.values(run.steps).every(
    other => other.node.phase !== 'undo' || other.node.target !== step.node.target || isOver(other),
  );
}

function isReady(run: Run, step: StepState, policy: Policy, now: number): boolean {
  if (step.status !== 'waiting') return false;
  if (!step.node.after.every(key => isSettled(run, key))) return false;
  if (!phaseAllows(run, step.node)) return false;
  if (step.node.target !== wholeRun && hasHalt(run, step.node.target)) return false;
  const { gate } = step.node;
  if (gate === undefined) return true;
  if (step.plan === undefined) return false;
  if (step.plan.length === 0) return true;
  return gateState(run, gate, policy, now).open;
}

/** A halt stops its target; the other targets go on. */
function hasHalt(run: Run, target: string): boolean {
  return Object.values(run.steps).some(step => step.status === 'halted' && step.node.target === target);
}

function phaseAllows(run: Run, node: Node): boolean {
  switch (node.phase) {
    case 'prepare':
    case 'retire':
    case 'undo':
      return true;
    case 'outage':
    case 'settle':
      return run.outageBegun !== undefined;
  }
}

function isPrepared(run: Run): boolean {
  return Object.values(run.steps).every(step => step.node.phase !== 'prepare' || isOver(step));
}

/**
 * In prepare and retirement a gated step is planned when everything before it is done. Everything from the outage on is
 * planned at once, when all of prepare is done, so that one message can name every change before anything is touched.
 */
function toPlan(run: Run): string[] {
  const unplanned = Object.values(run.steps).filter(step => step.status === 'waiting' && step.plan === undefined);
  const early = unplanned.filter(
    step =>
      step.node.gate !== undefined &&
      (step.node.phase === 'prepare' || step.node.phase === 'retire') &&
      step.node.after.every(key => isSettled(run, key)),
  );
  const late = isPrepared(run)
    ? unplanned.filter(step => step.node.phase === 'outage' || step.node.phase === 'settle')
    : [];
  return [...early, ...late].map(step => step.node.key);
}

/** Gates whose steps are planned and that nobody was asked for yet, or whose plan is another than the one asked for. */
function toAsk(run: Run, policy: DecidePolicy, now: number): NewEntry[] {
  const entries: NewEntry[] = [];
  const needed = new Set(gatesNeeded(run));
  let number = run.requests.length;
  for (const group of together) {
    const asked = group.filter(gate => needed.has(gate) && wantsAsking(run, gate));
    const fresh = asked.filter(gate => !isAsked(run, gate));
    if (fresh.length === 0) continue;
    const because = fresh.flatMap(gate =>
      requestFor(run, gate) === undefined ? [] : [`the plan of ${gate.toUpperCase()} changed`],
    );
    number += 1;
    entries.push(makeRequest(run, asked, number, because, policy, now));
  }
  return entries;
}

/** An entry that asks for gates. Used by `decide` and by `!ask`. */
export function makeRequest(
  run: Run,
  gates: readonly Gate[],
  number: number,
  because: readonly string[],
  policy: DecidePolicy,
  now: number,
): NewEntry {
  return {
    type: 'requested',
    request: `r${number}`,
    gates: gates.map(gate => ({ gate, hash: gateHash(run, gate) ?? '' })),
    askers: [...new Set([run.asker, ...run.alterers])],
    expiresAt: now + policy.people.expire,
    because,
  };
}

/** Gates that can be asked for now: planned whole, and not under way. Gates of the outage together, when all of them are planned. */
function wantsAsking(run: Run, gate: Gate): boolean {
  if (isUnderWay(run, gate)) return false;
  if (gateHash(run, gate) === undefined) return false;
  if (gate === 'live' || gate === 'retire' || gate === 'undo') {
    return stepsBehind(run, gate).some(step => step.node.after.every(key => isSettled(run, key)));
  }
  return isPrepared(run) && Object.values(run.steps).every(step => isOver(step) || step.plan !== undefined);
}

/** Asked for with the plan of now, whatever the answer was; after a reject or an expiry only a person asks again. */
function isAsked(run: Run, gate: Gate): boolean {
  const request = requestFor(run, gate);
  if (request === undefined) return false;
  if (request.status === 'rejected' || request.status === 'expired') return true;
  if (request.status === 'void' && request.why !== 'drift') return true;
  return request.status !== 'void' && request.gates.some(one => one.gate === gate && one.hash === gateHash(run, gate));
}

function dueRequests(run: Run, policy: DecidePolicy, now: number, times: number[]): NewEntry[] {
  const entries: NewEntry[] = [];
  for (const request of run.requests) {
    const live = request.status === 'open' || request.status === 'approved';
    if (!live || request.gates.some(one => isUnderWay(run, one.gate))) continue;
    if (now >= request.expiresAt) {
      entries.push({ type: 'expired', request: request.request });
      continue;
    }
    times.push(request.expiresAt);
    if (request.status === 'open')
      remind(run, request.request, request.at, policy.people.remind, policy.people.page, now, times, entries);
  }
  return entries;
}

function dueHalts(run: Run, policy: DecidePolicy, now: number, times: number[]): NewEntry[] {
  const entries: NewEntry[] = [];
  for (const step of Object.values(run.steps)) {
    if (step.status !== 'halted' || step.halt === undefined) continue;
    const about = `${step.node.key}#${step.halts}`;
    remind(run, about, step.halt.at, policy.people.haltRemind, policy.people.haltPage, now, times, entries);
  }
  return entries;
}

/** First whom it concerns (nth 1), then on-call (nth 2). */
function remind(
  run: Run,
  about: string,
  since: number,
  first: number,
  page: number,
  now: number,
  times: number[],
  entries: NewEntry[],
): void {
  const nth = run.reminded[about] ?? 0;
  if (nth < 1) {
    if (now >= since + first) entries.push({ type: 'reminded', about, nth: 1, people: [] });
    else times.push(since + first);
  } else if (nth < 2) {
    if (now >= since + page) entries.push({ type: 'reminded', about, nth: 2, people: [] });
    else times.push(since + page);
  }
}

/** All of the outage's gates are open and somebody said `!start`. */
function mayBegin(run: Run, policy: Policy, now: number): boolean {
  if (run.outageBegun !== undefined || run.started === undefined || !isPrepared(run)) return false;
  const steps = Object.values(run.steps);
  if (!steps.some(step => step.node.phase === 'outage' && step.status === 'waiting')) return false;
  return outageGates(run).every(gate => gateState(run, gate, policy, now).open);
}

/** Gates of everything from the outage on. */
export function outageGates(run: Run): Gate[] {
  return gatesNeeded(run).filter(gate =>
    stepsBehind(run, gate).some(step => step.node.phase === 'outage' || step.node.phase === 'settle'),
  );
}

function staleTargets(run: Run, policy: DecidePolicy, now: number): string[] {
  return run.targets
    .filter(target => (run.facts[target.name]?.at ?? 0) < now - policy.freshFacts)
    .map(target => target.name);
}

function waitingFor(run: Run, policy: Policy, now: number): Waiting[] {
  const waiting: Waiting[] = [];
  if (run.paused !== undefined) waiting.push({ for: 'resume', person: run.paused.person });
  for (const step of Object.values(run.steps)) {
    if (step.status === 'halted') waiting.push({ for: 'halt', step: step.node.key });
  }
  const closed = new Map<string, Gate[]>();
  for (const gate of gatesNeeded(run)) {
    if (!wantsAsking(run, gate)) continue;
    const state: GateState = gateState(run, gate, policy, now);
    if (state.open) continue;
    const request = requestFor(run, gate);
    const key = request?.status === 'open' ? `approval ${request.request}` : `ask ${state.why}`;
    closed.set(key, [...(closed.get(key) ?? []), gate]);
  }
  for (const [key, gates] of closed) {
    const [what = '', which = ''] = key.split(' ');
    waiting.push(what === 'approval' ? { for: 'approval', request: which, gates } : { for: 'ask', gates, why: which });
  }
  const ready =
    isPrepared(run) &&
    run.outageBegun === undefined &&
    run.started === undefined &&
    Object.values(run.steps).some(step => step.node.phase === 'outage' && step.status === 'waiting');
  if (ready && closed.size === 0 && outageGates(run).every(gate => gateState(run, gate, policy, now).open)) {
    waiting.push({ for: 'start' });
  }
  return waiting;
}

/** The newest request that waits for an answer, if any. */
export function openRequest(run: Run): RequestState | undefined {
  return run.requests.findLast(request => request.status === 'open');
}
