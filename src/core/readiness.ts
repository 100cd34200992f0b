import { isUnread, outdated } from './altered-estate.ts';
import type { NewEntry } from './entries.ts';
import { gateState, gatesNeeded, isOfOutage, type Policy, stepsBehind } from './gates.ts';
import { type Gate, isOutageNode, type Node, wholeRun } from './graph.ts';
import type { DecidePolicy } from './policy.ts';
import { isOver, type Run, type StepState } from './run.ts';
import { isAskedToSkip } from './skips.ts';

/**
 * A predecessor is out of the way: done; or left out, or dropped with its target's way back out of the outage gone, and then
 * all that stands before it is out of the way, too. What is left out makes room for nothing that comes later: only the step
 * itself is missing.
 */
export function isSettled(run: Run, key: string): boolean {
  return isOutOfTheWay(run, key, new Set());
}

/** @param seen steps that were found out of the way, or are being looked at: each is looked at once. */
function isOutOfTheWay(run: Run, key: string, seen: Set<string>): boolean {
  const step = run.steps[key];
  if (step === undefined || step.status === 'done' || seen.has(key)) return true;
  if (step.status !== 'skipped' && step.status !== 'dropped') return false;
  if (step.status === 'dropped' && !hasGoneBack(run, step.node.target)) return false;
  seen.add(key);
  return step.node.after.every(before => isOutOfTheWay(run, before, seen));
}

/** Each step of the target's way back out of the outage is over. */
function hasGoneBack(run: Run, target: string): boolean {
  return Object.values(run.steps).every(
    ({ node, status }) => node.phase !== 'undo' || !isOutageNode(node) || node.target !== target || isOver({ status }),
  );
}

/** The run has come to the step: its phase is on, all that stands before it is out of the way, and it doesn't turn back. */
export function isReached(run: Run, { node }: StepState): boolean {
  return phaseAllows(run, node) && !isTurning(run, node) && node.after.every(key => isSettled(run, key));
}

/**
 * Whether a step may begin now. Whoever begins one asks at the very head at which `begun` is appended: between a decision
 * and its append somebody may have paused the run, turned it back or taken an approval away.
 */
export function mayStart(run: Run, key: string, policy: DecidePolicy, now: number): boolean {
  const step = run.steps[key];
  if (step === undefined || run.ended !== undefined || run.strange !== undefined || run.paused !== undefined)
    return false;
  if (outdated(run, policy) !== undefined) return false;
  return isReady(run, step, policy, now) && !wantsFreshFacts(run, step, policy, now);
}

/** Everything that a waiting step needs has come: what is before it, its phase, its gate; and nothing of its target halted. */
export function isReady(run: Run, step: StepState, policy: Policy, now: number): boolean {
  if (step.status !== 'waiting' || !isReached(run, step) || isAskedToSkip(run, step.node.key)) return false;
  if (isUnread(run, step.node)) return false;
  if (step.node.waits === 'window' && (run.window === undefined || now < run.window.until)) return false;
  if (step.node.target !== wholeRun && hasHalt(run, step.node.target)) return false;
  const { gate } = step.node;
  if (gate === undefined) return true;
  if (step.plan === undefined) return false;
  // On the way back what makes no change itself tells of what the gate's steps do.
  if (step.plan.length === 0 && step.node.phase !== 'undo') return true;
  return gateState(run, gate, policy, now).open;
}

/** What a retirement removes is gone for good, and its approval may be days old: its facts are read again first. */
export function wantsFreshFacts(run: Run, step: StepState, policy: DecidePolicy, now: number): boolean {
  const { phase, gate, target } = step.node;
  return (
    phase === 'retire' && gate !== undefined && run.facts[target] !== undefined && isStale(run, target, policy, now)
  );
}

/** Targets that still go on whose facts are too old to begin an outage with. */
export function staleTargets(run: Run, policy: DecidePolicy, now: number): string[] {
  return run.targets
    .map(target => target.name)
    .filter(name => run.turned[name] === undefined && isStale(run, name, policy, now));
}

function isStale(run: Run, target: string, policy: DecidePolicy, now: number): boolean {
  return (run.facts[target]?.at ?? 0) < now - policy.freshFacts;
}

/** A step of a target that is turning back, or of the run when all its targets are: it doesn't begin, and isn't planned. */
export function isTurning(run: Run, node: Node): boolean {
  const targets = run.turning?.targets ?? [];
  if (targets.length === 0) return false;
  if (node.target !== wholeRun) return targets.includes(node.target);
  return run.targets.every(target => targets.includes(target.name) || run.turned[target.name] !== undefined);
}

/** A halt stops its target; the other targets go on. While preparing only what depends on it waits: nothing is down. */
function hasHalt(run: Run, target: string): boolean {
  return Object.values(run.steps).some(
    step => step.status === 'halted' && step.node.target === target && step.node.phase !== 'prepare',
  );
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

export function isPrepared(run: Run): boolean {
  return Object.values(run.steps).every(step => step.node.phase !== 'prepare' || isOver(step));
}

/** Its outage has begun and isn't over: a step of it, or of the way back, is still to come. */
export function isInOutage(run: Run): boolean {
  if (run.outageBegun === undefined || run.ended !== undefined) return false;
  if (run.turning !== undefined) return true;
  return Object.values(run.steps).some(step => isOutageNode(step.node) && !isOver(step));
}

/** Since when the run's newest outage is on, or was, ms; undefined before the first. */
export function outageSince(run: Run): number | undefined {
  return (run.outageAgain ?? run.outageBegun)?.at;
}

/**
 * Whether entries begin an outage of the run: its own, or anew by a way back that is taken when it was over. In one that is
 * on already nothing begins.
 */
export function entersOutage(run: Run, entries: readonly NewEntry[]): boolean {
  if (isInOutage(run)) return false;
  return entries.some(
    entry => entry.type === 'outage-begun' || (entry.type === 'turning-back' && run.outageBegun !== undefined),
  );
}

/** Whether another run of the environment has to wait: its outage is on, or what it wrote isn't known here whole. */
export function keepsOutage(run: Run): boolean {
  return isInOutage(run) || (run.strange !== undefined && run.ended === undefined);
}

/** Prepared, and there is an outage to begin. */
export function awaitsOutage(run: Run): boolean {
  if (run.outageBegun !== undefined || run.turning !== undefined || !isPrepared(run)) return false;
  return Object.values(run.steps).some(step => isOfOutage(step) && step.status === 'waiting');
}

/** All of the outage's gates are open, somebody said `!start`, and nothing forward has halted. */
export function mayBegin(run: Run, policy: Policy, now: number): boolean {
  if (!awaitsOutage(run) || run.started === undefined) return false;
  if (run.unread.length > 0 || outdated(run, policy) !== undefined) return false;
  if (Object.values(run.steps).some(step => step.status === 'halted' && step.node.phase !== 'undo')) return false;
  return outageGates(run).every(gate => gateState(run, gate, policy, now).open);
}

/** Gates of everything from the outage on. */
export function outageGates(run: Run): Gate[] {
  return gatesNeeded(run).filter(gate => stepsBehind(run, gate).some(isOfOutage));
}
