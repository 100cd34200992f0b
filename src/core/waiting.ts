import { wantsAsking } from './asking.ts';
import { awaitsAgreement, openByHands } from './by-hand.ts';
import type { Subject } from './entries.ts';
import { type GateState, gateState, gatesNeeded, isUnderWay, type Policy, requestFor } from './gates.ts';
import type { Gate } from './graph.ts';
import { awaitsOutage, isTurning, mayBegin, outageGates } from './readiness.ts';
import type { Run, StepState } from './run.ts';
import { unsavedTargets } from './saves.ts';
import { windowUntil } from './settle-window.ts';
import { isSkipAgreed, openSkips } from './skips.ts';

/** What a run waits for; shown by `!why` and `!status`. */
export type Waiting =
  | { readonly for: 'approval'; readonly request: string; readonly gates: readonly Subject[] }
  | { readonly for: 'ask'; readonly gates: readonly Gate[]; readonly why: string }
  /** Nothing would be left to go back to behind a gate: nobody is asked for it. */
  | { readonly for: 'safeguard'; readonly gate: Gate; readonly targets: readonly string[] }
  | { readonly for: 'start' }
  /** The end of another run's outage. */
  | { readonly for: 'outage'; readonly other: string }
  /** The end of the settle window, ms: nobody has to do anything. */
  | { readonly for: 'window'; readonly until: number }
  /** What still runs of targets that turn back, and what can't be seen of them, to end first. */
  | {
      readonly for: 'turning';
      readonly steps: readonly string[];
      readonly unseen: readonly { readonly step: string; readonly sentence: string; readonly until: number }[];
    }
  | { readonly for: 'halt'; readonly step: string }
  /** The estate's file says what this run can't take any more. */
  | { readonly for: 'estate'; readonly why: string }
  | { readonly for: 'resume'; readonly person: string }
  | { readonly for: 'newer-version'; readonly why: string }
  /** Somebody looks at what was written to the store without the journal's key. */
  | { readonly for: 'seal'; readonly why: string };

/** Whom and what a run waits for. */
export function waitingFor(run: Run, policy: Policy, now: number): Waiting[] {
  const waiting: Waiting[] = [];
  if (run.paused !== undefined) waiting.push({ for: 'resume', person: run.paused.person });
  if (run.turning !== undefined) {
    const running = Object.values(run.steps).filter(step => isRunning(step) && isTurning(run, step.node));
    const unseen = Object.entries(run.turning.unseen).map(([step, one]) => ({ step, ...one }));
    waiting.push({ for: 'turning', steps: running.map(step => step.node.key), unseen });
  }
  for (const step of Object.values(run.steps)) {
    // What turns back is nobody's to decide on.
    if (step.status === 'halted' && !isTurning(run, step.node)) waiting.push({ for: 'halt', step: step.node.key });
  }
  for (const request of openSkips(run)) {
    if (!isSkipAgreed(run, request, policy, now))
      waiting.push({ for: 'approval', request: request.request, gates: ['skip'] });
  }
  for (const { request, byHand } of openByHands(run)) {
    if (awaitsAgreement(run, byHand.step, policy, now)) waiting.push({ for: 'approval', request, gates: ['by-hand'] });
  }
  const closed = closedGates(run, policy, now);
  for (const [key, gates] of closed) {
    const [what = '', which = ''] = key.split(' ');
    waiting.push(what === 'approval' ? { for: 'approval', request: which, gates } : { for: 'ask', gates, why: which });
  }
  for (const gate of gatesNeeded(run)) {
    const targets = isUnderWay(run, gate) ? [] : unsavedTargets(run, gate);
    if (targets.length > 0) waiting.push({ for: 'safeguard', gate, targets });
  }
  if (awaitsOutage(run) && run.started === undefined && closed.size === 0) {
    if (outageGates(run).every(gate => gateState(run, gate, policy, now).open)) waiting.push({ for: 'start' });
  }
  if (run.outageWaits !== undefined && run.paused === undefined && mayBegin(run, policy, now)) {
    waiting.push({ for: 'outage', other: run.outageWaits.other });
  }
  const until = windowUntil(run, now);
  if (until !== undefined) waiting.push({ for: 'window', until });
  return waiting;
}

/** Closed gates that somebody can open now, also in an outage that has begun, by what would open them. */
function closedGates(run: Run, policy: Policy, now: number): Map<string, Gate[]> {
  const closed = new Map<string, Gate[]>();
  for (const gate of gatesNeeded(run)) {
    if (!wantsAsking(run, gate) && !isUnderWay(run, gate)) continue;
    const state: GateState = gateState(run, gate, policy, now);
    if (state.open) continue;
    const request = requestFor(run, gate);
    const key = request?.status === 'open' ? `approval ${request.request}` : `ask ${state.why}`;
    closed.set(key, [...(closed.get(key) ?? []), gate]);
  }
  return closed;
}

function isRunning({ status }: StepState): boolean {
  return status === 'running' || status === 'by-hand';
}
