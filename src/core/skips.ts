import { boundForm } from './change.ts';
import type { AskedSkip, NewEntry } from './entries.ts';
import { answerState, type Policy } from './gates.ts';
import { hashOf } from './hash.ts';
import type { DecidePolicy } from './policy.ts';
import { isAlive, type RequestState, type Run } from './run.ts';

/**
 * What an agreement to leave out a step binds: SHA-256 over run uid, the step and how it stands (waiting, or halted for the
 * how manieth time), its changes if they were planned when it was asked, and who wants to leave it out why. Undefined when it can't be left out any more:
 * it runs, is over, or its target turns back.
 */
export function skipHash(run: Run, { step: key, person, because, unplanned }: AskedSkip): string | undefined {
  const step = run.steps[key];
  if (step === undefined || (step.status !== 'waiting' && step.status !== 'halted')) return undefined;
  if (run.turning?.targets.includes(step.node.target) === true) return undefined;
  const changes = unplanned === true ? null : (step.plan?.map(change => boundForm(change, step.node)) ?? null);
  return hashOf([run.uid, 'skip', key, step.status, step.halts, changes, person, because]);
}

/** An entry that asks for agreement to leave out a step. @throws Error for a step that can't be left out. */
export function makeSkipRequest(run: Run, asked: AskedSkip, policy: DecidePolicy, now: number): NewEntry {
  const skip: AskedSkip = run.steps[asked.step]?.plan === undefined ? { ...asked, unplanned: true } : asked;
  const hash = skipHash(run, skip);
  if (hash === undefined) throw new Error(`${skip.step} can't be left out`);
  return {
    type: 'requested',
    request: `r${run.requests.length + 1}`,
    gates: [{ gate: 'skip', hash }],
    askers: [...new Set([run.asker, skip.person])],
    accounts: [...new Set([...run.accounts, ...(skip.accounts ?? [])])],
    expiresAt: now + policy.people.expire,
    because: [],
    skip,
  };
}

/** Requests to leave something out that wait for an answer, or whose answer wasn't acted on yet. */
export function openSkips(run: Run): (RequestState & { readonly skip: AskedSkip })[] {
  return run.requests.filter(
    (request): request is RequestState & { readonly skip: AskedSkip } =>
      request.skip !== undefined && isAlive(request) && !isCarriedOut(run, request),
  );
}

/** The step was left out, or believed to be done by hand, as the request asked: no answer changes that any more. */
export function isCarriedOut(run: Run, { status, skip, byHand }: RequestState): boolean {
  if (status !== 'approved') return false;
  if (skip !== undefined) return run.steps[skip.step]?.status === 'skipped';
  return byHand !== undefined && run.steps[byHand.step]?.status === 'done';
}

/** Somebody wants to leave the step out: until that is answered it doesn't begin. */
export function isAskedToSkip(run: Run, key: string): boolean {
  return openSkips(run).some(request => request.skip.step === key);
}

/** A second person agrees to what the request asks, by the same rules that open a gate. */
export function isSkipAgreed(
  run: Run,
  request: RequestState & { readonly skip: AskedSkip },
  policy: Policy,
  now: number,
): boolean {
  const hash = skipHash(run, request.skip);
  return hash !== undefined && answerState(run, request, { gate: 'skip', hash }, policy, now, false).open;
}

/** What follows for what somebody wants to leave out: it is left out as agreed, or the request is void: the step went another way. */
export function dueSkips(run: Run, policy: Policy, now: number): NewEntry[] {
  return openSkips(run).flatMap((request): NewEntry[] => {
    const { request: id, skip, gates } = request;
    if (gates.some(one => one.hash !== skipHash(run, skip))) {
      return [{ type: 'voided', request: id, why: 'moot', difference: [] }];
    }
    if (!isSkipAgreed(run, request, policy, now)) return [];
    const { unplanned: _, ...left } = skip;
    return [{ type: 'skipped', ...left, request: id }];
  });
}
