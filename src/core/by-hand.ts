import type { AskedByHand, NewEntry } from './entries.ts';
import { Halt } from './errors.ts';
import { answerState, type Policy } from './gates.ts';
import { hashOf } from './hash.ts';
import type { DecidePolicy } from './policy.ts';
import { isTurning } from './readiness.ts';
import { isAlive, type RequestState, type Run } from './run.ts';

/** A request to believe that a step was done by hand. */
export type ByHandRequest = RequestState & { readonly byHand: AskedByHand };

/**
 * What an agreement binds: SHA-256 over run uid, the step and the how manieth time it had halted, who says to have done it
 * why, and what could and couldn't be read of it.
 */
function byHandHash(run: Run, { step, person, because, read, unread }: AskedByHand): string {
  return hashOf([run.uid, 'by-hand', step, run.steps[step]?.halts ?? 0, person, because, [...read], [...unread]]);
}

/** An entry that asks a second person to agree. */
export function makeByHandRequest(run: Run, byHand: AskedByHand, policy: DecidePolicy, now: number): NewEntry {
  return {
    type: 'requested',
    request: `r${run.requests.length + 1}`,
    gates: [{ gate: 'by-hand', hash: byHandHash(run, byHand) }],
    askers: [...new Set([run.asker, byHand.person])],
    accounts: [...run.accounts],
    expiresAt: now + policy.people.expire,
    because: [],
    byHand,
  };
}

/** The request about a step as it was done by hand last; undefined: nobody was asked. */
export function byHandRequest(run: Run, key: string): ByHandRequest | undefined {
  const step = run.steps[key];
  if (step?.status !== 'by-hand') return undefined;
  return run.requests.findLast(
    (request): request is ByHandRequest => request.byHand?.step === key && request.seq > (step.altered?.seq ?? 0),
  );
}

/** A second person agrees that the step was done, by the same rules that open a gate. */
export function isByHandAgreed(run: Run, key: string, policy: Policy, now: number): boolean {
  const request = byHandRequest(run, key);
  if (request === undefined) return false;
  const hash = byHandHash(run, request.byHand);
  return answerState(run, request, { gate: 'by-hand', hash }, policy, now, false).open;
}

/** Requests about what was done by hand that wait for an answer. */
export function openByHands(run: Run): ByHandRequest[] {
  return Object.keys(run.steps).flatMap(key => {
    const request = byHandRequest(run, key);
    return request !== undefined && isAlive(request) ? [request] : [];
  });
}

/** The step waits until a second person has said whether it was done: nothing looks at it meanwhile. */
export function awaitsAgreement(run: Run, key: string, policy: Policy, now: number): boolean {
  return byHandRequest(run, key) !== undefined && !isByHandAgreed(run, key, policy, now);
}

/** What follows for what nobody believes to have been done, or nobody waits for any more: the step halts again. */
export function dueByHands(run: Run): NewEntry[] {
  return Object.values(run.steps).flatMap(({ node }): NewEntry[] => {
    const request = byHandRequest(run, node.key);
    if (request === undefined) return [];
    const halted = ({ code, message }: Halt): NewEntry => {
      return { type: 'halted', step: node.key, code, sentence: message, evidence: request.byHand.read };
    };
    if (isTurning(run, node)) {
      const gone = halted(new Halt('turning-back', `no longer waited for: ${run.id} turns back`));
      if (!isAlive(request)) return [gone];
      return [{ type: 'voided', request: request.request, why: 'moot', difference: [] }, gone];
    }
    if (isAlive(request)) return [];
    const who = request.status === 'rejected' ? `${request.why} doesn't agree` : `nobody agreed, ${request.status}`;
    const sentence = `done by hand, ${request.byHand.person} says, and ${who} (${request.request})`;
    return [halted(new Halt('not-agreed', sentence))];
  });
}
