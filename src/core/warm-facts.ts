import { gateState, isGate } from './gates.ts';
import type { DecidePolicy } from './policy.ts';
import { awaitsOutage, outageGates } from './readiness.ts';
import type { Run } from './run.ts';

/** For so many times `freshFacts` after the last approval facts are kept fresh; later a start reads them first, and waits. */
const keptFor = 8;

/**
 * Targets whose facts are to be read again beside everything else, while an approved outage only waits for `!start`: so
 * that it finds them fresh and begins at once, and a difference shows before somebody starts rather than then.
 *
 * @param times gets the store times in ms at which others will be due.
 */
export function toWarm(run: Run, policy: DecidePolicy, now: number, times: number[]): string[] {
  if (!awaitsOutage(run) || run.started !== undefined || run.paused !== undefined) return [];
  if (Object.values(run.steps).some(step => step.status === 'halted')) return [];
  const gates = outageGates(run);
  if (!gates.every(gate => gateState(run, gate, policy, now).open)) return [];
  const approvals = run.requests
    .flatMap(request => request.approvals)
    .filter(one => isGate(one.gate) && gates.includes(one.gate));
  const until = Math.max(0, ...approvals.map(one => one.at)) + keptFor * policy.freshFacts;
  const due: string[] = [];
  for (const { name } of run.targets) {
    if (run.turned[name] !== undefined) continue;
    // With a third of the time left, reading them ends before they are too old.
    const at = (run.facts[name]?.at ?? 0) + Math.ceil((policy.freshFacts * 2) / 3);
    if (at >= until || now >= until) continue;
    if (at <= now) due.push(name);
    else times.push(at);
  }
  return due;
}
