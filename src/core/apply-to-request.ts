import type { Entry } from './entries.ts';
import { gateHash, gatesNeeded, isGate, isUnderWay, requestFor } from './gates.ts';
import type { Gate } from './graph.ts';
import { isAlive, type RequestState, type Run } from './run.ts';

type OfRequest = Extract<
  Entry,
  { type: 'requested' | 'approved' | 'rejected' | 'withdrawn' | 'expired' | 'voided' | 'not-counted' }
>;

/** What an entry about a request does to it. Rejected, expired and void are final. @throws Error when the run doesn't have the request. */
export function applyToRequest(run: Run, entry: OfRequest): void {
  if (entry.type === 'requested') {
    ask(run, entry);
    return;
  }
  const request = requestOf(run, entry.request);
  switch (entry.type) {
    case 'approved': {
      const { gate, hash, person, account } = entry;
      request.approvedSeq ??= entry.seq;
      request.approvals = request.approvals.filter(one => !(one.gate === gate && one.person === person));
      request.approvals.push({ gate, hash, person, account, at: entry.at, seq: entry.seq });
      request.withdrawals = request.withdrawals.filter(one => one.person !== person);
      if (isAlive(request)) request.status = standing(request);
      return;
    }
    case 'withdrawn':
      request.withdrawals.push({ person: entry.person, seq: entry.seq });
      if (isAlive(request)) request.status = standing(request);
      return;
    case 'rejected':
      end(run, request, 'rejected', entry.person);
      return;
    case 'expired':
      end(run, request, 'expired', undefined);
      return;
    case 'voided':
      if (isAlive(request)) request.difference = entry.difference;
      end(run, request, 'void', entry.why);
      return;
    case 'not-counted':
      request.notCounted.push(entry.account);
  }
}

/** Ends the requests whose plan isn't the run's any more, or that ask for what nobody needs now. */
export function voidMoot(run: Run, why: string): void {
  const needed = gatesNeeded(run);
  for (const request of run.requests) {
    const gates = request.gates.flatMap(({ gate, hash }) => (isGate(gate) ? [{ gate, hash }] : []));
    // What is asked about a single step is judged with the step.
    if (gates.length === 0) continue;
    const changed = gates.some(one => gateHash(run, one.gate) !== one.hash);
    const idle = !gates.some(one => needed.includes(one.gate) || isUnderWay(run, one.gate));
    if (changed || idle) end(run, request, 'void', why);
  }
}

/** Something that gates allow begins: from now on their approved requests can't expire, and what is left out later stays in their plan. */
export function setUnderWay(run: Run, gates: Iterable<Gate>, seq: number): void {
  for (const gate of gates) {
    const request = requestFor(run, gate);
    if (request !== undefined && isAlive(request) && request.approvedSeq !== undefined) request.underWaySeq ??= seq;
  }
}

function ask(run: Run, entry: Extract<OfRequest, { type: 'requested' }>): void {
  for (const other of run.requests) {
    const again = other.gates.some(mine => entry.gates.some(theirs => theirs.gate === mine.gate));
    const same = other.skip?.step === entry.skip?.step && other.byHand?.step === entry.byHand?.step;
    if (again && same) end(run, other, 'void', 'asked-anew');
  }
  run.requests.push({
    request: entry.request,
    gates: entry.gates,
    askers: entry.askers,
    ...(entry.accounts === undefined ? {} : { accounts: entry.accounts }),
    expiresAt: entry.expiresAt,
    because: entry.because,
    ...(entry.skip === undefined ? {} : { skip: entry.skip }),
    ...(entry.byHand === undefined ? {} : { byHand: entry.byHand }),
    at: entry.at,
    seq: entry.seq,
    approvedSeq: undefined,
    underWaySeq: undefined,
    status: 'open',
    why: undefined,
    difference: [],
    approvals: [],
    withdrawals: [],
    notCounted: [],
  });
}

/** Whoever said `!start` said it about this request's plan: when it is asked again, they say it again. */
function end(run: Run, request: RequestState, status: 'rejected' | 'expired' | 'void', why: string | undefined): void {
  if (!isAlive(request)) return;
  request.status = status;
  request.why = why;
  if (run.outageBegun === undefined) run.started = undefined;
}

/** Approved: each gate by somebody who hasn't taken it back. */
function standing(request: RequestState): 'open' | 'approved' {
  const holds = request.gates.every(one =>
    request.approvals.some(
      approval => approval.gate === one.gate && !request.withdrawals.some(gone => gone.person === approval.person),
    ),
  );
  return holds ? 'approved' : 'open';
}

function requestOf(run: Run, id: string): RequestState {
  const request = run.requests.find(one => one.request === id);
  if (request === undefined) throw new Error(`${run.id} has no request ${id}`);
  return request;
}
