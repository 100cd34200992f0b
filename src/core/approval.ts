import { outdated } from './altered-estate.ts';
import type { NewEntry } from './entries.ts';
import { isAsker, isRequestUnderWay, type Policy } from './gates.ts';
import { isAlive, type RequestState, type Run } from './run.ts';
import { isCarriedOut } from './skips.ts';

/** A fresh read of the chat server about one request. */
export interface Reading {
  /** The request's message was deleted. */
  readonly gone: boolean;
  /**
   * We were out of the room since the request was posted there, and are in it again (`back`) or not (`out`): an answer that
   * was given meanwhile may never be read. `back` too where people work in another room now.
   */
  readonly away?: 'out' | 'back' | undefined;
  readonly reactions: readonly { readonly event: string; readonly account: string; readonly emoji: string }[];
  /** Of every account that reacted; undefined: not in the room. `unreadable`: it can't be told now whether it counts. */
  readonly members: Readonly<
    Record<
      string,
      { readonly membership: string; readonly guest: boolean; readonly deactivated: boolean } | 'unreadable' | undefined
    >
  >;
}

/** Strangers beyond this many get no notice of their own on a request. */
const mostStrangersTold = 10;

/** How accounts, persons and emoji map, as the estate says now. */
export interface Voters extends Policy {
  /** Our own account: its seeded reactions never count. */
  readonly self: string;
  /** The person behind an account of this network; only the account id counts, never a display name. */
  readonly personOf: (account: string) => string | undefined;
  readonly approve: string;
  readonly reject: string;
}

/**
 * An emoji without its variation selectors and skin tone, so that the forms of one are one. Nothing else is folded: ☑ is not ✅.
 */
export function plainEmoji(emoji: string): string {
  return emoji.replace(/[\u{fe0e}\u{fe0f}\u{1f3fb}-\u{1f3ff}]/gu, '');
}

/**
 * Judges a request by the journal and a fresh read of the chat: what to record. Pure; the entries are appended at the
 * head that was judged, and judged anew when the journal went on. The caller must not call it with a reading that isn't whole.
 *
 * A reject by any approver, the asker too, before the start is final, and goes before any approval in the same reading. An
 * account that can't be read holds up nobody else's answer, except that its reject keeps new approvals back until it can.
 */
export function judgeRequest(
  run: Run,
  request: RequestState,
  reading: Reading,
  voters: Voters,
  now: number,
): NewEntry[] {
  if (!isAlive(request) || isCarriedOut(run, request)) return [];
  const underWay = isRequestUnderWay(run, request);
  const id = request.request;
  if (reading.gone) {
    return underWay
      ? withdrawAll(request, 'the request was deleted')
      : [{ type: 'voided', request: id, why: 'deleted', difference: [] }];
  }
  if (reading.away !== undefined && !underWay) {
    return [{ type: 'voided', request: id, why: 'unseen', difference: [] }];
  }
  if (reading.away === 'out') return [];
  if (now >= request.expiresAt && !underWay) return [{ type: 'expired', request: id }];

  const entries: NewEntry[] = [];
  const approving = new Map<string, { account: string; event: string }>();
  const rejecting = new Map<string, string>();
  const unclear = new Set<string>();
  const holding = new Set<string>();
  const told = new Set(request.notCounted);
  for (const reaction of reading.reactions) {
    if (reaction.account === voters.self) continue;
    const emoji = plainEmoji(reaction.emoji);
    const approves = emoji === plainEmoji(voters.approve);
    if (!approves && emoji !== plainEmoji(voters.reject)) continue;
    const verdict = entitled(run, request, reaction.account, approves, reading, voters);
    if ('unreadable' in verdict) {
      (approves ? unclear : holding).add(verdict.unreadable);
      continue;
    }
    if ('why' in verdict) {
      const isCrowd = told.size >= mostStrangersTold && voters.personOf(reaction.account) === undefined;
      if (!told.has(reaction.account) && !isCrowd) {
        told.add(reaction.account);
        entries.push({ type: 'not-counted', request: id, account: reaction.account, why: verdict.why });
      }
      continue;
    }
    if (approves) approving.set(verdict.person, { account: reaction.account, event: reaction.event });
    else rejecting.set(verdict.person, reaction.account);
  }

  const [rejection] = rejecting;
  if (rejection !== undefined && !underWay) {
    const [person, account] = rejection;
    return [...entries, { type: 'rejected', request: id, person, account }];
  }
  const standing = new Set<string>();
  for (const person of new Set(request.approvals.map(one => one.person))) {
    if (request.withdrawals.some(gone => gone.person === person)) continue;
    if (rejecting.has(person) || holding.has(person))
      entries.push({ type: 'withdrawn', request: id, person, saw: 'their reject' });
    else if (!approving.has(person) && !unclear.has(person))
      entries.push({ type: 'withdrawn', request: id, person, saw: 'their reaction is gone' });
    else standing.add(person);
  }
  // What it asks for is drawn from what the estate doesn't say any more: it is void as soon as the run is moved.
  if (holding.size > 0 || outdated(run, voters) !== undefined) return entries;
  for (const [person, { account, event }] of approving) {
    if (standing.has(person) || rejecting.has(person)) continue;
    for (const { gate, hash } of request.gates) {
      entries.push({ type: 'approved', request: id, gate, hash, person, account, reaction: event });
    }
  }
  return entries;
}

/** Approvers whose answer to a request stands there and can't be judged now. */
export function unreadable(reading: Reading, voters: Voters): { readonly person: string; readonly rejects: boolean }[] {
  return reading.reactions.flatMap(({ account, emoji }) => {
    const person = voters.personOf(account);
    if (person === undefined || !voters.approvers.includes(person)) return [];
    if (reading.members[account] !== 'unreadable') return [];
    return [{ person, rejects: plainEmoji(emoji) === plainEmoji(voters.reject) }];
  });
}

function withdrawAll(request: RequestState, saw: string): NewEntry[] {
  const persons = new Set(request.approvals.map(one => one.person));
  for (const gone of request.withdrawals) persons.delete(gone.person);
  return [...persons].map(person => ({ type: 'withdrawn', request: request.request, person, saw }));
}

/** Whether an account's reaction counts, or one sentence that says why not. */
function entitled(
  run: Run,
  request: RequestState,
  account: string,
  approves: boolean,
  reading: Reading,
  voters: Voters,
): { person: string } | { why: string } | { unreadable: string } {
  const approvers = voters.approvers.join(', ');
  const person = voters.personOf(account);
  if (voters.approvers.length === 0) return { why: `not counted: nobody may approve for ${run.environment}` };
  if (person === undefined || !voters.approvers.includes(person)) {
    return { why: `not counted, you aren't an approver for ${run.environment}. Approvers: ${approvers}.` };
  }
  const member = reading.members[account];
  if (member === 'unreadable') return { unreadable: person };
  if (member === undefined || member.membership !== 'join')
    return { why: `not counted, ${person} isn't in the room any more` };
  if (member.deactivated) return { why: `not counted, the account of ${person} is deactivated` };
  if (member.guest) return { why: `not counted, guests don't approve` };
  if (approves && isAsker(run, request, { person, account }, voters)) {
    const others = voters.approvers.filter(one => one !== person && mayStill(run, request, one, voters)).join(', ');
    const asked = ownWords(run, request, person);
    return { why: `not counted, ${asked}: ${others || 'nobody else'} can approve.` };
  }
  return { person };
}

/** What somebody who doesn't count did: asked, or altered the plan. */
function ownWords(run: Run, { skip, byHand }: RequestState, person: string): string {
  if (skip?.person === person) return 'you want to leave it out';
  if (byHand?.person === person) return 'you did it by hand';
  return person !== run.asker && run.alterers.includes(person) ? 'you altered this plan' : 'you asked for this run';
}

/** They could approve by one of their accounts. */
function mayStill(run: Run, request: RequestState, person: string, voters: Voters): boolean {
  const accounts = voters.accounts?.[person] ?? [''];
  return accounts.some(account => !isAsker(run, request, { person, account }, voters));
}
