import type { NewEntry } from './entries.ts';
import { gateHash, gatesNeeded, isOfOutage, isUnderWay, requestFor, stepsBehind } from './gates.ts';
import type { Gate } from './graph.ts';
import type { DecidePolicy } from './policy.ts';
import { isPrepared, isSettled } from './readiness.ts';
import { type Altered, isOver, type RequestState, type Run } from './run.ts';
import { unsavedTargets } from './saves.ts';

/** Gates that are asked for in one message, in the order of asking; DATABASE and RETIRE stand alone. */
export const together: readonly (readonly Gate[])[] = [
  ['live'],
  ['outage', 'storage', 'address'],
  ['database'],
  ['retire'],
  ['undo'],
];

/** Gates whose steps are planned and that nobody was asked for yet, or whose plan is another than the one asked for. */
export function toAsk(run: Run, policy: DecidePolicy, now: number): NewEntry[] {
  const entries: NewEntry[] = [];
  const needed = new Set(gatesNeeded(run));
  let number = run.requests.length;
  for (const group of together) {
    const asked = group.filter(gate => needed.has(gate) && wantsAsking(run, gate));
    const fresh = asked.filter(gate => !isAsked(run, gate));
    if (fresh.length === 0) continue;
    const because = fresh.flatMap(gate => whyAnew(run, gate));
    number += 1;
    entries.push(makeRequest(run, asked, number, [...new Set(because)], policy, now));
  }
  return entries;
}

/** Why a gate is asked for once more: who altered what since it was asked, or that its plan is another one. */
function whyAnew(run: Run, gate: Gate): string[] {
  const before = requestFor(run, gate);
  if (before === undefined) return [];
  if (before.why === 'unseen')
    return ['I was out of the room, or people work in another one now: an answer to the request before may be missed'];
  if (before.why === 'estate') return ["the estate's file was altered"];
  const altered = Object.values(run.steps).flatMap(({ node, altered: one }) =>
    one === undefined || one.seq < before.seq ? [] : [alterationWords(node.key, one)],
  );
  return altered.length > 0 ? altered : [`the plan of ${gate.toUpperCase()} changed`];
}

/** "copr-be/snapshot-data was left out by alice (no time)". */
export function alterationWords(key: string, { how, person, because }: Altered): string {
  return `${key} was ${how} by ${person}${because === '' ? '' : ` (${because})`}`;
}

/** An entry that asks for gates, all of them planned. Used by `decide` and by `!ask`. */
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
    accounts: [...run.accounts],
    expiresAt: now + policy.people.expire,
    because,
  };
}

/** Gates that can be asked for now: planned whole, and not under way. Gates of the outage together, when all of them are planned. */
export function wantsAsking(run: Run, gate: Gate): boolean {
  if (isUnderWay(run, gate) || unsavedTargets(run, gate).length > 0) return false;
  if (gateHash(run, gate) === undefined) return false;
  const behind = stepsBehind(run, gate);
  if (!behind.some(isOfOutage)) return behind.some(step => step.node.after.every(key => isSettled(run, key)));
  return isPrepared(run) && Object.values(run.steps).every(step => isOver(step) || step.plan !== undefined);
}

/**
 * Asked for with the plan of now, whatever the answer was. After a reject, an expiry, a deleted message or a restored
 * journal only a person asks again.
 */
function isAsked(run: Run, gate: Gate): boolean {
  const request = requestFor(run, gate);
  if (request === undefined) return false;
  if (request.status === 'rejected' || request.status === 'expired') return true;
  if (request.status === 'void') return request.why === 'deleted' || request.why === 'restored';
  return request.gates.some(one => one.gate === gate && one.hash === gateHash(run, gate));
}

/** The newest request that waits for an answer, if any. */
export function openRequest(run: Run): RequestState | undefined {
  return run.requests.findLast(request => request.status === 'open');
}
