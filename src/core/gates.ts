import { boundForm, type PlannedChange } from './change.ts';
import type { Subject } from './entries.ts';
import { type Gate, inOrder, type Node } from './graph.ts';
import { hashOfText } from './hash.ts';
import { canonical } from './json.ts';
import { isAlive, isOver, type RequestState, type Run, type StepState } from './run.ts';

/** Who may decide, as the estate says now. Where it became stricter since the run was proposed, the stricter rule holds. */
export interface Policy {
  /** Persons who may approve in the run's environment. */
  readonly approvers: readonly string[];
}

/**
 * Steps that a gate covers, in an order of the graph. Those left out before it was under way are out of the plan; those
 * left out later stay: what one target does without must not close the gates of the others.
 */
export function stepsBehind(run: Run, gate: Gate): StepState[] {
  return inOrder(run.graph)
    .map(key => run.steps[key])
    .filter((step): step is StepState => step !== undefined && step.node.gate === gate && !step.leftOut);
}

/**
 * What an approval of a gate binds: SHA-256 over run uid, gate, and each change's target, step, kind, version, arguments
 * and undo. Undefined while a step behind the gate isn't planned; one that ended without a plan changes nothing.
 */
export function gateHash(run: Run, gate: Gate): string | undefined {
  const changes: string[] = [];
  for (const step of stepsBehind(run, gate)) {
    if (step.plan === undefined && !isOver(step)) return undefined;
    changes.push(...boundTexts(step));
  }
  return hashOfText(`[${canonical(run.uid)},${canonical(gate)},[${changes.join(',')}]]`);
}

/** Canonical JSON of each change's bound form, by plan: a plan never changes, another one is another object. */
const bound = new WeakMap<readonly PlannedChange[], { readonly node: Node; readonly texts: readonly string[] }>();

function boundTexts({ node, plan = [] }: StepState): readonly string[] {
  const known = bound.get(plan);
  if (known?.node === node) return known.texts;
  const texts = plan.map(change => canonical(boundForm(change, node)));
  bound.set(plan, { node, texts });
  return texts;
}

/** Gates that a change still to come needs. A gate whose steps change nothing needs nobody, nor does what is done by hand. */
export function gatesNeeded(run: Run): Gate[] {
  const needed = new Set<Gate>();
  for (const step of Object.values(run.steps)) {
    if (step.node.gate === undefined || isOver(step) || step.status === 'by-hand') continue;
    if (step.plan === undefined || step.plan.length > 0) needed.add(step.node.gate);
  }
  return [...needed];
}

export type GateState =
  | { readonly open: true; readonly person: string; readonly request: string }
  | {
      readonly open: false;
      readonly why:
        | 'not-planned'
        | 'not-asked'
        | 'not-approved'
        | 'rejected'
        | 'expired'
        | 'void'
        | 'withdrawn'
        | 'approver-gone';
    };

/** The gates that a request asks for; none of one to leave something out. */
export function gatesOf({ gates }: Pick<RequestState, 'gates'>): Gate[] {
  return gates.flatMap(({ gate }) => (gate === 'skip' ? [] : [gate]));
}

/** The newest request that asks for a gate, whatever became of it. */
export function requestFor(run: Run, gate: Gate): RequestState | undefined {
  return run.requests.findLast(request => request.gates.some(one => one.gate === gate));
}

/**
 * Whether a gate is open, judged from the journal and the estate alone.
 *
 * Open: an approval of the newest request that asks for it, of exactly the hash that the plan has now, by a person who is
 * still an approver and asked for none of it, not taken back, and in time: an outage that has begun can't expire.
 *
 * @param since judge for a step that began at this seq: what was withdrawn later lets the running step end.
 */
export function gateState(
  run: Run,
  gate: Gate,
  policy: Policy,
  now: number,
  since = Number.POSITIVE_INFINITY,
): GateState {
  const hash = gateHash(run, gate);
  if (hash === undefined) return { open: false, why: 'not-planned' };
  const request = requestFor(run, gate);
  if (request === undefined) return { open: false, why: 'not-asked' };
  return answerState(run, request, { gate, hash }, policy, now, isUnderWay(run, gate), since);
}

/**
 * The same for one request and what it asks, a gate or to leave something out: whether its answer allows it.
 *
 * @param underWay it can't expire any more.
 */
export function answerState(
  run: Run,
  request: RequestState,
  { gate, hash }: { readonly gate: Subject; readonly hash: string },
  policy: Policy,
  now: number,
  underWay: boolean,
  since = Number.POSITIVE_INFINITY,
): GateState {
  if (request.status === 'rejected') return { open: false, why: 'rejected' };
  if (request.status === 'expired') return { open: false, why: 'expired' };
  if (request.status === 'void') return { open: false, why: 'void' };
  const bound = request.gates.find(one => one.gate === gate);
  if (bound?.hash !== hash) return { open: false, why: 'void' };
  if (now >= request.expiresAt && !underWay) return { open: false, why: 'expired' };
  let why: 'not-approved' | 'withdrawn' | 'approver-gone' = 'not-approved';
  for (const approval of request.approvals) {
    if (approval.gate !== gate || approval.hash !== hash) continue;
    if (request.askers.includes(approval.person) || approval.person === run.asker) continue;
    if (!policy.approvers.includes(approval.person)) {
      why = 'approver-gone';
      continue;
    }
    if (request.withdrawals.some(gone => gone.person === approval.person && gone.seq < since)) {
      why = 'withdrawn';
      continue;
    }
    return { open: true, person: approval.person, request: request.request };
  }
  return { open: false, why };
}

/**
 * What a gate allows has begun under the newest request for it, so that its approval can't expire any more, a reject is a
 * withdrawal, and nobody is asked anew by themselves. From the outage on that is the outage; elsewhere a step behind the gate.
 */
export function isUnderWay(run: Run, gate: Gate): boolean {
  const request = requestFor(run, gate);
  if (request === undefined || !isAlive(request) || request.approvedSeq === undefined) return false;
  const since = request.approvedSeq;
  const behind = stepsBehind(run, gate);
  if (behind.some(step => step.begunSeq !== undefined && step.begunSeq > since)) return true;
  return run.outageBegun !== undefined && run.outageBegun.seq > since && behind.some(isOfOutage);
}

/** Something that a request allows is under way. */
export function isRequestUnderWay(run: Run, request: RequestState): boolean {
  return gatesOf(request).some(gate => isUnderWay(run, gate));
}

/** Of what only starts when the outage has begun. */
export function isOfOutage(step: StepState): boolean {
  return step.node.phase === 'outage' || step.node.phase === 'settle';
}
