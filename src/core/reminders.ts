import type { NewEntry } from './entries.ts';
import { isRequestUnderWay } from './gates.ts';
import type { DecidePolicy } from './policy.ts';
import { isTurning } from './readiness.ts';
import { isAlive, type Run } from './run.ts';
import { isCarriedOut } from './skips.ts';

/** Requests that expire or remind now. Adds the times at which the others will. */
export function dueRequests(run: Run, policy: DecidePolicy, now: number, times: number[]): NewEntry[] {
  const entries: NewEntry[] = [];
  for (const request of run.requests) {
    if (!isAlive(request) || isRequestUnderWay(run, request) || isCarriedOut(run, request)) continue;
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

/** Halts that remind now. Adds the times at which the others will. */
export function dueHalts(run: Run, policy: DecidePolicy, now: number, times: number[]): NewEntry[] {
  const entries: NewEntry[] = [];
  for (const step of Object.values(run.steps)) {
    // What turns back is nobody's to decide on.
    if (step.status !== 'halted' || step.halt === undefined || isTurning(run, step.node)) continue;
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
