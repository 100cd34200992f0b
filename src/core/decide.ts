import { isUnread, keptEntry, outdated, toReadAnew, voidedByEstate } from './altered-estate.ts';
import { toAsk } from './asking.ts';
import { awaitsAgreement, dueByHands } from './by-hand.ts';
import type { NewEntry } from './entries.ts';
import { isOfOutage } from './gates.ts';
import { type Node, predecessors } from './graph.ts';
import type { DecidePolicy } from './policy.ts';
import { isPrepared, isReady, isSettled, isTurning, mayBegin, staleTargets, wantsFreshFacts } from './readiness.ts';
import { dueHalts, dueRequests } from './reminders.ts';
import { isOver, type Run } from './run.ts';
import { dueWindow } from './settle-window.ts';
import { dueSkips } from './skips.ts';
import { type Waiting, waitingFor } from './waiting.ts';
import { toWarm } from './warm-facts.ts';

export { makeRequest, openRequest, together } from './asking.ts';
export type { DecidePolicy, PeopleTiming } from './policy.ts';
export { isSettled, mayStart, outageGates } from './readiness.ts';
export type { Waiting } from './waiting.ts';

export interface Decision {
  /** Steps that may run now, side by side; those that run already (a crash may have left them) included. */
  readonly start: readonly string[];
  /** Steps to plan now, by pure functions of facts and outputs. */
  readonly plan: readonly string[];
  /** Targets whose facts are to be read again before the outage, or what can't be undone, may begin. */
  readonly read: readonly string[];
  /** Targets whose facts are to be read again beside everything else; nothing waits for them. */
  readonly warm: readonly string[];
  /** The way back is to be planned now. */
  readonly turnBack: boolean;
  /** The estate was altered: the run is to be drawn from it anew. */
  readonly redraw: boolean;
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
  warm: [],
  turnBack: false,
  redraw: false,
  append: [],
  wakeAt: undefined,
  waiting: [],
};

function standsFor({ unsealed }: Run, why: string): Waiting {
  return { for: unsealed === undefined ? 'newer-version' : 'seal', why };
}

/**
 * What a run does next: a pure function of its journal, the estate's policy and store time. Never empty unless the run
 * has ended: something starts, is appended, or is waited for.
 */
export function decide(run: Run, policy: DecidePolicy, now: number): Decision {
  if (run.ended !== undefined) return nothing;
  if (run.strange !== undefined) return { ...nothing, waiting: [standsFor(run, run.strange)] };

  const steps = Object.values(run.steps);
  const running = steps.filter(step => step.status === 'running' || step.status === 'by-hand');
  const start = new Set(running.map(step => step.node.key).filter(key => !awaitsAgreement(run, key, policy, now)));
  if (run.turning !== undefined && !running.some(step => isTurning(run, step.node))) {
    return { ...nothing, start: [...start], turnBack: true, waiting: waitingFor(run, policy, now) };
  }

  const altered = outdated(run, policy);
  const kept = keptEntry(run, policy);
  if (altered !== undefined && 'impossible' in altered.draft) {
    // Nothing that was asked counts any more, and nothing begins before a person has mended it.
    const append = [...(kept === undefined ? [] : [kept]), ...voidedByEstate(run, altered.altered)];
    const waiting: Waiting[] = [
      { for: 'estate', why: altered.draft.impossible },
      ...waitingForPeople(run, policy, now),
    ];
    return { ...nothing, start: [...start], append, waiting };
  }
  if (altered !== undefined)
    return { ...nothing, start: [...start], redraw: true, waiting: waitingForPeople(run, policy, now) };

  const times: number[] = [];
  const skips = [...dueSkips(run, policy, now), ...dueByHands(run)];
  const due = [
    ...(kept === undefined ? [] : [kept]),
    ...dueWindow(run, policy, now, times),
    ...dueRequests(run, policy, now, times),
    ...dueHalts(run, policy, now, times),
  ];
  // What is left out changes all else: that is judged after it.
  const append: NewEntry[] = skips.length > 0 ? skips : due;
  const plan = toPlan(run);
  if (plan.length === 0 && skips.length === 0 && run.turning === undefined) append.push(...toAsk(run, policy, now));

  const read = new Set<string>(toReadAnew(run));
  if (run.paused === undefined) {
    const { otherOutage } = policy;
    if (mayBegin(run, policy, now) && otherOutage !== undefined) {
      if (run.outageWaits?.other !== otherOutage) append.push({ type: 'outage-waits', other: otherOutage });
    } else if (mayBegin(run, policy, now)) {
      for (const target of staleTargets(run, policy, now)) read.add(target);
      if (read.size === 0 && plan.length === 0 && append.length === 0) append.push({ type: 'outage-begun' });
    }
    for (const step of steps) {
      if (!isReady(run, step, policy, now)) continue;
      if (wantsFreshFacts(run, step, policy, now)) read.add(step.node.target);
      else start.add(step.node.key);
    }
  }
  if (start.size === 0 && append.length === 0 && steps.every(isOver)) {
    append.push({ type: 'ended', outcome: outcomeOf(run) });
  }
  const warm = plan.length === 0 && append.length === 0 ? toWarm(run, policy, now, times) : [];
  return {
    start: [...start],
    plan,
    read: [...read],
    warm,
    turnBack: false,
    redraw: false,
    append,
    wakeAt: times.length === 0 ? undefined : Math.min(...times),
    waiting: waitingFor(run, policy, now),
  };
}

/** What is waited for whatever the estate says: nothing is asked, or answered, by what it said before. */
function waitingForPeople(run: Run, policy: DecidePolicy, now: number): Waiting[] {
  return waitingFor(run, policy, now).filter(one => one.for !== 'ask' && one.for !== 'approval');
}

function outcomeOf(run: Run): 'done' | 'cancelled' | 'rolled-back' {
  const turned = run.targets.map(target => run.turned[target.name]);
  if (turned.every(how => how === undefined)) return 'done';
  if (turned.some(how => how === undefined)) return 'done';
  return turned.includes('rollback') ? 'rolled-back' : 'cancelled';
}

/**
 * In prepare and retirement a gated step is planned when everything before it is done, except what waits for the same
 * gate: one approval covers all of it. Everything from the outage on is planned at once, when all of prepare is done, so
 * that one message can name every change before anything is touched.
 */
function toPlan(run: Run): string[] {
  const unplanned = Object.values(run.steps).filter(
    step =>
      step.status === 'waiting' && step.plan === undefined && !isTurning(run, step.node) && !isUnread(run, step.node),
  );
  const early = unplanned.filter(
    ({ node }) => (node.phase === 'prepare' || node.phase === 'retire') && waitsForGateOnly(run, node),
  );
  const late = isPrepared(run) && run.unread.length === 0 ? unplanned.filter(isOfOutage) : [];
  return [...early, ...late].map(step => step.node.key);
}

function waitsForGateOnly(run: Run, node: Node): boolean {
  const { gate } = node;
  if (gate === undefined) return false;
  const unsettled = (key: string) => [...predecessors(run.graph, key)].filter(before => !isSettled(run, before));
  const isBehind = (key: string) => run.graph[key]?.gate === gate && run.steps[key]?.status !== 'halted';
  return unsettled(node.key).every(key => isBehind(key) || unsettled(key).some(isBehind));
}
