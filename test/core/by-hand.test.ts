import { describe, expect, it } from 'vitest';
import {
  awaitsAgreement,
  byHandRequest,
  dueByHands,
  isByHandAgreed,
  makeByHandRequest,
  openByHands,
} from '#core/by-hand.ts';
import type { NewEntry } from '#core/entries.ts';
import { type History, people } from '../builders/history.ts';
import { begun } from '../builders/toy-history.ts';

const key = 'pot/brew';
const halt: NewEntry = { type: 'halted', step: key, code: 'c', sentence: 's', evidence: [] };
const done = (because = 'x'): NewEntry => {
  return { type: 'done-by-hand', step: key, person: 'carol', accounts: ['@carol:sim'], because };
};

/** Carol says to have brewed, which can't be read: a second person is asked, as r4. */
function asked(
  because = 'x',
  read: readonly string[] = ['the lid is hot'],
  unread: readonly string[] = ['brew'],
): History {
  const history = begun().add(halt, done(because));
  return request(history, because, read, unread);
}

function request(history: History, because = 'x', read: readonly string[] = [], unread: readonly string[] = []) {
  const byHand = { step: key, person: 'carol', because, read, unread };
  return history.add(makeByHandRequest(history.run, byHand, people, history.now));
}

const agreed = ({ run, now }: History) => isByHandAgreed(run, key, people, now);
const hash = ({ run }: History) => run.requests.at(-1)?.gates[0]?.hash;

describe('what was done by hand and can’t be read', () => {
  it('is asked of somebody else than the asker and whoever did it, by their accounts too', () => {
    const history = asked();
    const { askers, accounts } = history.run.requests.at(-1)!;
    expect(askers).toEqual(['alice', 'carol']);
    expect(accounts).toContain('@carol:sim');
    for (const person of ['alice', 'carol']) {
      history.approve('r4', person);
      expect(agreed(history)).toBe(false);
    }
    history.approve('r4', 'dan');
    expect(agreed(history)).toBe(true);
    expect(awaitsAgreement(history.run, key, people, history.now)).toBe(false);
  });

  it('binds an agreement to the run, the halt, who did it why, and what could be read of it', () => {
    const twice = begun().add(halt, { type: 'retried', step: key, person: 'bob' }, halt, done());
    const other = asked();
    const hashes = [
      hash(asked()),
      hash(asked('y')),
      hash(asked('x', ['nothing'])),
      hash(asked('x', ['the lid is hot'], ['brew', 'more'])),
      hash(request(twice, 'x', ['the lid is hot'], ['brew'])),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    const byHand = other.run.requests.at(-1)!.byHand!;
    const elsewhere = makeByHandRequest({ ...other.run, uid: 'other' }, byHand, people, other.now);
    expect((elsewhere as { gates?: readonly { hash: string }[] }).gates?.[0]?.hash).not.toBe(hash(other));
  });

  it('is not waited for before somebody was asked, nor is it believed', () => {
    const history = begun().add(halt, done());
    expect(byHandRequest(history.run, key)).toBeUndefined();
    expect(agreed(history)).toBe(false);
    expect(awaitsAgreement(history.run, key, people, history.now)).toBe(false);
    expect(dueByHands(history.run)).toEqual([]);
    request(history);
    expect(awaitsAgreement(history.run, key, people, history.now)).toBe(true);
    expect(openByHands(history.run).map(one => one.request)).toEqual(['r4']);
  });

  it('is not agreed to once the request has expired, though the outage is on', () => {
    const history = asked().approve('r4', 'dan');
    expect(agreed(history.later(people.people.expire))).toBe(false);
  });

  it('is asked anew when it is done once more: an answer to the request before counts no more', () => {
    const history = asked().approve('r4', 'dan').add(halt);
    expect(byHandRequest(history.run, key), 'it is halted').toBeUndefined();
    history.add(done());
    expect(byHandRequest(history.run, key)).toBeUndefined();
    expect(agreed(history)).toBe(false);
  });

  it('halts again when somebody doesn’t agree, or nobody did, and nobody is asked any more', () => {
    expect(dueByHands(asked().run)).toEqual([]);
    const rejected = asked().add({ type: 'rejected', request: 'r4', person: 'dan', account: '@dan' });
    expect(dueByHands(rejected.run)).toMatchObject([
      {
        type: 'halted',
        step: key,
        code: 'not-agreed',
        sentence: "done by hand, carol says, and dan doesn't agree (r4)",
      },
    ]);
    expect(openByHands(rejected.run)).toEqual([]);
    const expired = asked().add({ type: 'expired', request: 'r4' });
    expect(dueByHands(expired.run)).toMatchObject([{ sentence: expect.stringContaining('nobody agreed, expired') }]);
  });

  it('is no longer waited for when its target turns back: its request is void, once', () => {
    const turn: NewEntry = { type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets: ['pot'] };
    const history = asked().add(turn);
    const due = dueByHands(history.run);
    expect(due).toMatchObject([
      { type: 'voided', request: 'r4', why: 'moot' },
      { type: 'halted', step: key, code: 'turning-back' },
    ]);
    history.add(due[0]!);
    expect(dueByHands(history.run)).toMatchObject([{ type: 'halted', code: 'turning-back' }]);
  });
});
