import { outdated, type Redraw } from './altered-estate.ts';
import { boundForm, type PlannedChange } from './change.ts';
import type { Subject } from './entries.ts';
import { type Gate, inOrder, type Node, predecessors } from './graph.ts';
import { hashOf, hashOfText } from './hash.ts';
import { canonical } from './json.ts';
import { type Approval, isAlive, isOver, type RequestState, type Run, type StepState } from './run.ts';

/** Who may decide, as the estate says now. Where it became stricter since the run was proposed, the stricter rule holds. */
export interface Policy {
  /** Persons who may approve in the run's environment. */
  readonly approvers: readonly string[];
  /** Accounts of each person, on all networks. Undefined where persons have none (a procedure in small): the name alone counts. */
  readonly accounts?: Readonly<Record<string, readonly string[]>>;
  /** What the estate says now of what a run froze. Undefined where nothing is drawn from an estate (a procedure in small). */
  readonly redraw?: Redraw;
}

/**
 * Steps that a gate covers, in an order of the graph. Those left out before it was under way are out of the plan; those
 * left out later stay: what one target does without must not close the gates of the others.
 */
export function stepsBehind(run: Run, gate: Gate): StepState[] {
  const before = underWaySince(run, gate);
  return inOrder(run.graph)
    .map(key => run.steps[key])
    .filter((step): step is StepState => step !== undefined && step.node.gate === gate && !isLeftOut(step, before));
}

/** It was left out, or dropped by a way back, before a seq. What people do by hand stays in the plan. */
function isLeftOut({ altered }: StepState, before: number): boolean {
  return altered !== undefined && altered.how !== 'done by hand' && altered.seq < before;
}

/** seq of the entry by which something behind the gate got under way; all that was altered later is no part of its plan. */
function underWaySince(run: Run, gate: Gate): number {
  const request = requestFor(run, gate);
  return (request !== undefined && isAlive(request) ? request.underWaySeq : undefined) ?? Number.POSITIVE_INFINITY;
}

/**
 * What an approval of a gate binds: SHA-256 over run uid, gate, the settings that the run froze, each change behind the gate
 * (target, step, kind, version, arguments and undo), and what the approver relies on besides: of a gate of the outage all
 * that runs from the outage on, behind whatever gate or none, and whatever is left out or done by hand, by whom and why; of
 * any other gate what is so altered among all that stands before it. Undefined while a step of that isn't planned; one that
 * ended without a plan changes nothing.
 */
export function gateHash(run: Run, gate: Gate): string | undefined {
  const changes: string[] = [];
  const behind = stepsBehind(run, gate);
  for (const step of behind) {
    if (step.plan === undefined && !isOver(step)) return undefined;
    changes.push(...boundTexts(step));
  }
  const rest = restOfPlan(run, gate, behind);
  if (rest === undefined) return undefined;
  return hashOfText(
    `[${canonical(run.uid)},${canonical(gate)},${settingsHash(run)},[${changes.join(',')}],[${rest.join(',')}]]`,
  );
}

/** Gates of what only begins with the outage. */
export function gatesOfOutage(run: Run): Set<Gate> {
  const gates = Object.values(run.steps).flatMap(step => (isOfOutage(step) ? [step.node.gate] : []));
  return new Set(gates.filter(gate => gate !== undefined));
}

/** What an approver relies on beside the changes behind a gate, as canonical JSON. Undefined while some of it isn't planned. */
function restOfPlan(run: Run, gate: Gate, behind: readonly StepState[]): string[] | undefined {
  const before = underWaySince(run, gate);
  const whole = gatesOfOutage(run).has(gate);
  const relied = whole ? undefined : reliedOn(run, behind);
  const texts: string[] = [];
  for (const key of inOrder(run.graph)) {
    const step = run.steps[key];
    if (step === undefined || relied?.has(key) === false) continue;
    const { altered } = step;
    if (altered !== undefined && altered.seq < before) {
      texts.push(canonical([altered.how, key, altered.person, altered.because]));
    } else if (whole && isOfOutage(step)) {
      if (step.plan === undefined && !isOver(step)) return undefined;
      texts.push(`[${canonical(key)},[${boundTexts(step).join(',')}]]`);
    }
  }
  return texts;
}

/** Steps, and all that stands before them. */
function reliedOn(run: Run, steps: readonly StepState[]): Set<string> {
  return new Set(steps.flatMap(({ node }) => [node.key, ...predecessors(run.graph, node.key)]));
}

/** Options, addresses, times: frozen with the run, and worked out once. */
const settingsHashes = new WeakMap<Run['settings'], string>();

function settingsHash({ settings }: Run): string {
  const known = settingsHashes.get(settings) ?? canonical(hashOf(settings));
  settingsHashes.set(settings, known);
  return known;
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

/** The gates that a request asks for; none of one about a single step. */
export function gatesOf({ gates }: Pick<RequestState, 'gates'>): Gate[] {
  return gates.flatMap(({ gate }) => (isGate(gate) ? [gate] : []));
}

/** Whether an answer is about a gate, and not about a single step. */
export function isGate(subject: Subject): subject is Gate {
  return subject !== 'skip' && subject !== 'by-hand';
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
  if (outdated(run, policy) !== undefined) return { open: false, why: 'void' };
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
    if (isAsker(run, request, approval, policy)) continue;
    const person = ownerOf(approval, policy);
    if (person === undefined || !policy.approvers.includes(person)) {
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

/** Who answered, by name and account. */
type Voter = Pick<Approval, 'person' | 'account'>;

/**
 * They asked for what a request asks, the run or an alteration of its plan before it: by name, by the account itself, or since the estate now gives one
 * person both accounts. A person is their accounts: no change of the estate makes an asker somebody else.
 */
export function isAsker(
  run: Run,
  request: Pick<RequestState, 'askers' | 'accounts'>,
  { person, account }: Voter,
  policy: Policy,
): boolean {
  const asked = new Set(request.accounts ?? []);
  const owner = ownerOf({ person, account }, policy);
  const names = [run.asker, ...request.askers];
  if (asked.has(account) || names.includes(person) || (owner !== undefined && names.includes(owner))) return true;
  return owner !== undefined && (policy.accounts?.[owner] ?? []).some(one => asked.has(one));
}

/** Whose account it is now; undefined: nobody's. */
function ownerOf({ person, account }: Voter, { accounts }: Policy): string | undefined {
  if (accounts === undefined) return person;
  return Object.keys(accounts).find(name => accounts[name]?.includes(account));
}

/**
 * What a gate allows has begun under the newest request for it, so that its approval can't expire any more, a reject is a
 * withdrawal, and nobody is asked anew by themselves. From the outage on that is the outage; elsewhere a step behind the gate.
 */
export function isUnderWay(run: Run, gate: Gate): boolean {
  return underWaySince(run, gate) !== Number.POSITIVE_INFINITY;
}

/** Something that a request allows is under way. */
export function isRequestUnderWay(run: Run, request: RequestState): boolean {
  return gatesOf(request).some(gate => isUnderWay(run, gate));
}

/** Of what only starts when the outage has begun. */
export function isOfOutage(step: StepState): boolean {
  return step.node.phase === 'outage' || step.node.phase === 'settle';
}
