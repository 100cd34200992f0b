import { describe, expect, test } from 'vitest';
import { judgeRequest, type Voters } from '#core/approval.ts';
import type { NewEntry } from '#core/entries.ts';
import { fold } from '#core/fold.ts';
import { isSettled } from '#core/readiness.ts';
import { makeSkipRequest, openSkips } from '#core/skips.ts';
import { type History, people } from '../builders/history.ts';
import { begun } from '../builders/toy-history.ts';

const bell = 'pot/ring-bell';
const halt = (step: string): NewEntry => ({ type: 'halted', step, code: 'c', sentence: 's', evidence: [] });
const voided = (request: string) => ({ type: 'voided', request, why: 'moot', difference: [] });
const left = (request: string) => ({ type: 'skipped', step: bell, person: 'carol', because: 'no bell', request });

/** In the outage carol wants to leave out the bell, which bob's approval of DATABASE allows. */
function asked(history = begun()): History {
  const skip = { step: bell, person: 'carol', because: 'no bell' };
  return history.add(makeSkipRequest(history.run, skip, people, history.now));
}

const voters: Voters = {
  ...people,
  self: '@ferry:room',
  personOf: account => /^@(\w+):room$/.exec(account)?.[1],
  approve: '✅',
  reject: '❌',
};

/** What a fresh reading with these reactions brings. */
function react(history: History, ...by: (readonly [string, string])[]): NewEntry[] {
  const request = history.run.requests.at(-1)!;
  const joined = { membership: 'join', guest: false, deactivated: false };
  const reading = {
    gone: false,
    reactions: by.map(([person, emoji]) => ({ event: `$${person}`, account: `@${person}:room`, emoji })),
    members: Object.fromEntries(by.map(([person]) => [`@${person}:room`, joined])),
  };
  const entries = judgeRequest(history.run, request, reading, voters, history.now);
  history.add(...entries);
  return entries;
}

describe('what is to be left out of an outage', () => {
  test('is asked as a request of its own, which voids no other and neither of two steps', () => {
    const history = asked();
    history.add(makeSkipRequest(history.run, { step: 'pot/brew', person: 'dan', because: 'x' }, people, history.now));
    expect(history.run.requests.map(one => one.status)).toEqual(['approved', 'approved', 'approved', 'open', 'open']);
    expect(history.run.requests[3]).toMatchObject({ askers: ['alice', 'carol'], gates: [{ gate: 'skip' }] });
    expect(history.decide()).toMatchObject({
      append: [],
      waiting: [
        { for: 'approval', request: 'r4', gates: ['skip'] },
        { for: 'approval', request: 'r5', gates: ['skip'] },
      ],
    });
  });

  test('is asked on, while something else is left out', () => {
    const history = asked();
    history.add(makeSkipRequest(history.run, { step: 'pot/brew', person: 'dan', because: 'x' }, people, history.now));
    history.approve('r4', 'bob').add(...history.decide().append);
    expect(history.step(bell).status).toBe('skipped');
    expect(history.run.requests.at(-1)?.status).toBe('open');
  });

  test('doesn’t begin before it is answered, and what comes after it neither', () => {
    const history = asked();
    for (const step of ['stop-services', 'write-line', 'move-parts', 'brew']) history.finish(`pot/${step}`);
    history.finish('run/announce-outage');
    expect(history.decide().start).toEqual([]);
    react(history, ['bob', '❌']);
    expect(history.decide().start).toEqual([bell]);
  });

  test('is left out once a second approver agrees, and the rest goes on without it', () => {
    const history = asked();
    expect(react(history, ['dan', '✅'])).toMatchObject([
      { type: 'approved', request: 'r4', gate: 'skip', person: 'dan' },
    ]);
    expect(history.decide().append).toEqual([left('r4')]);
    history.add(...history.decide().append);
    expect(history.step(bell)).toMatchObject({ status: 'skipped', note: 'no bell' });
    expect(isSettled(history.run, bell), 'what stands before it is still to come').toBe(false);
    for (const step of ['stop-services', 'write-line', 'move-parts', 'brew']) history.finish(`pot/${step}`);
    history.finish('run/announce-outage');
    expect(isSettled(history.run, bell)).toBe(true);
    expect(history.run.alterers).toEqual(['carol']);
    // The other target's gates stay as they were approved.
    expect(history.gate('storage').open).toBe(true);
  });

  test.each([
    ['the run’s asker', 'alice', 'you asked for this run'],
    ['whoever said !skip', 'carol', 'you want to leave it out'],
  ])('is not agreed to by %s, neither by a reaction nor by an entry', (_who, person, why) => {
    const history = asked();
    expect(react(history, [person, '✅'])).toMatchObject([{ type: 'not-counted', why: expect.stringContaining(why) }]);
    history.approve('r4', person);
    expect(history.decide().append).toEqual([]);
    expect(history.decide().waiting).toMatchObject([{ for: 'approval', request: 'r4' }]);
  });

  test('may be agreed to by whoever approved the outage', () => {
    const history = asked();
    react(history, ['bob', '✅']);
    expect(history.decide().append).toEqual([left('r4')]);
  });

  test('is not left out when an approver rejects it, whoever agreed before, and stays rejected', () => {
    for (const by of ['bob', 'alice', 'carol']) {
      const history = asked();
      expect(react(history, ['dan', '✅'], [by, '❌'])).toMatchObject([{ type: 'rejected', person: by }]);
      expect(react(history, ['dan', '✅'])).toEqual([]);
      expect(history.decide()).toMatchObject({ append: [], waiting: [] });
    }
  });

  test('is not left out when who agreed is no approver any more, until another one agrees', () => {
    const history = asked();
    react(history, ['dan', '✅']);
    history.policy = { ...people, approvers: ['alice', 'bob', 'carol'] };
    expect(history.decide()).toMatchObject({ append: [], waiting: [{ for: 'approval', request: 'r4' }] });
    react(history, ['dan', '✅'], ['bob', '✅']);
    expect(history.decide().append).toEqual([left('r4')]);
  });

  test('is not left out when the agreement was taken back before', () => {
    const history = asked();
    react(history, ['dan', '✅']);
    expect(react(history)).toMatchObject([{ type: 'withdrawn', person: 'dan' }]);
    expect(history.decide().append).toEqual([]);
  });

  test('expires, though the outage is on; an agreement found later is too late', () => {
    const history = asked().later(people.people.expire);
    expect(history.decide().append).toContainEqual({ type: 'expired', request: 'r4' });
    expect(react(history, ['dan', '✅'])).toEqual([{ type: 'expired', request: 'r4' }]);
    const agreed = asked();
    react(agreed, ['dan', '✅']);
    agreed.later(people.people.expire);
    expect(agreed.decide().append).not.toContainEqual(left('r4'));
  });

  test('reminds like every request', () => {
    expect(asked().later(people.people.remind).decide().append).toContainEqual(
      expect.objectContaining({ type: 'reminded', about: 'r4', nth: 1 }),
    );
  });

  test('is void when its message is deleted', () => {
    const history = asked();
    const request = history.run.requests.at(-1)!;
    const gone = { gone: true, reactions: [], members: {} };
    expect(judgeRequest(history.run, request, gone, voters, history.now)).toMatchObject([
      { type: 'voided', why: 'deleted' },
    ]);
  });

  test('is void when the step goes another way, even if it was agreed to', () => {
    const ways: [string, (history: History) => unknown][] = [
      ['it is done by hand', history => history.add({ type: 'done-by-hand', step: bell, person: 'bob', because: 'x' })],
      ['it halts', history => history.add(halt(bell))],
      ['its plan is another', history => history.add({ type: 'planned', step: bell, changes: [] })],
      [
        'its target turns back',
        history =>
          history.add(
            { type: 'begun', step: 'pot/stop-services' },
            { type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets: ['pot'] },
          ),
      ],
    ];
    for (const [what, happens] of ways) {
      const history = asked();
      react(history, ['dan', '✅']);
      happens(history);
      expect(history.decide().append, what).toEqual([voided('r4')]);
    }
  });

  test('is asked anew for each halt: who agreed saw another one', () => {
    const history = begun().finish('run/announce-outage').finish('pot/stop-services');
    history.add({ type: 'begun', step: bell }, halt(bell));
    asked(history).add({ type: 'retried', step: bell, person: 'alice' });
    expect(history.decide().append).toContainEqual(voided('r4'));
    history.add(halt(bell));
    react(history, ['dan', '✅']);
    expect(history.decide().append).toContainEqual(voided('r4'));
    history.add(...history.decide().append);
    asked(history);
    react(history, ['dan', '✅']);
    expect(history.decide().append).toEqual([left('r5')]);
  });

  test('once left out, no answer changes anything and nothing expires', () => {
    const history = asked();
    react(history, ['dan', '✅']);
    history.add(...history.decide().append);
    expect(react(history)).toEqual([]);
    expect(react(history, ['bob', '❌'])).toEqual([]);
    expect(openSkips(history.run)).toEqual([]);
    expect(history.later(people.people.expire).decide().append).toEqual([]);
  });

  test('an agreement of another hash, of another run’s request, agrees to nothing', () => {
    const history = asked();
    history.add({ ...approval('dan'), hash: 'f'.repeat(64) });
    expect(history.decide().append).toEqual([]);
  });

  test('what was agreed to before a crash is left out by whoever goes on, from the journal alone', () => {
    const history = asked();
    react(history, ['dan', '✅']);
    const again = fold(JSON.parse(JSON.stringify(history.entries)));
    expect(again).toEqual(history.run);
  });
});

function approval(person: string): Extract<NewEntry, { type: 'approved' }> {
  return {
    type: 'approved',
    request: 'r4',
    gate: 'skip',
    hash: '',
    person,
    account: `@${person}:room`,
    reaction: '$',
  };
}
