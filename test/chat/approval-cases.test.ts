import { describe, expect, it } from 'vitest';
import { personOf } from '#chat/chat-estate.ts';
import { judgeRequest, type Reading, type Voters } from '#core/approval.ts';
import type { NewEntry } from '#core/entries.ts';
import { gateState } from '#core/gates.ts';
import { chatEstate } from '#test/builders/chat-estate.ts';
import { History, minute } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();
const estate = chatEstate();

interface Vote {
  readonly by: string;
  readonly emoji?: string;
  readonly member?: Reading['members'][string];
}

const joined = { membership: 'join', guest: false, deactivated: false };

/** What a fresh read of the chat finds. */
function reading(...votes: Vote[]): Reading {
  return {
    gone: false,
    reactions: votes.map(({ by, emoji = '✅' }, index) => ({ event: `$${by}${index}`, account: `@${by}:sim`, emoji })),
    members: Object.fromEntries(
      votes.map(({ by, ...more }) => [`@${by}:sim`, 'member' in more ? more.member : joined]),
    ),
  };
}

/** A run of alice's that has asked for LIVE. */
function asked(): History {
  const history = new History(toyProposal(procedure, { environment: 'dev', targets: ['copr-be-dev'] }));
  history.add({ type: 'facts', target: 'copr-be-dev', facts: { things: {} }, remarks: [] });
  history.finish('copr-be-dev/check-readiness');
  history.finish('copr-be-dev/make-new', { id: 'm-1' });
  history.plan(procedure);
  return history.add(...history.decide().append);
}

/** All asked for and approved by bob, so that the outage can begin. */
function prepared(): History {
  const history = asked();
  vote(history, { by: 'bob' });
  history.finish('copr-be-dev/open-door');
  history.plan(procedure);
  history.add(...history.decide().append);
  for (const { request } of history.run.requests.slice(1)) voteOn(history, request, { by: 'bob' });
  return history;
}

function voters(more: Partial<Voters> = {}): Voters {
  return {
    approvers: ['alice', 'bob', 'carol', 'dan'],
    self: '@ferry:sim',
    personOf: account => personOf(estate, account),
    approve: '✅',
    reject: '❌',
    ...more,
  };
}

function judge(history: History, read: Reading, who = voters(), id = 'r1'): NewEntry[] {
  const request = history.run.requests.find(one => one.request === id);
  if (request === undefined) throw new Error(`no ${id}`);
  const entries = judgeRequest(history.run, request, read, who, history.now);
  history.add(...entries);
  return entries;
}

const vote = (history: History, ...votes: Vote[]) => judge(history, reading(...votes));
const voteOn = (history: History, id: string, ...votes: Vote[]) => judge(history, reading(...votes), voters(), id);
const types = (entries: readonly NewEntry[]) => entries.map(entry => entry.type);

describe('who may approve', () => {
  it('the asker may not, and is told so', () => {
    const history = asked();
    expect(vote(history, { by: 'alice' })).toMatchObject([
      { type: 'not-counted', account: '@alice:sim', why: expect.stringContaining('you asked for this run') },
    ]);
    expect(history.gate('live').open).toBe(false);
  });

  it('the asker may not from a second account either', () => {
    const history = asked();
    expect(types(vote(history, { by: 'alice-phone' }))).toEqual(['not-counted']);
    expect(history.gate('live').open).toBe(false);
  });

  it('even an approval entry of the asker opens no gate', () => {
    const history = asked();
    history.approve('r1', 'alice');
    expect(history.gate('live')).toMatchObject({ open: false });
  });

  it('whoever altered the plan that is asked for may not', () => {
    const history = asked();
    history.add({ type: 'voided', request: 'r1', why: 'drift', difference: [] });
    history.add({ type: 'skipped', step: 'copr-be-dev/check-service', person: 'bob', because: 'x', request: null });
    history.add(...history.decide().append);
    expect(types(voteOn(history, 'r2', { by: 'bob' }, { by: 'alice' }))).toEqual(['not-counted', 'not-counted']);
    expect(types(voteOn(history, 'r2', { by: 'carol' }))).toEqual(['approved']);
  });

  it('an account that is mapped to nobody is refused, once for ten reactions', () => {
    const history = asked();
    expect(types(vote(history, ...Array.from({ length: 10 }, () => ({ by: 'mallory' }))))).toEqual(['not-counted']);
    expect(vote(history, { by: 'mallory' })).toEqual([]);
  });

  it('with an empty list of approvers nothing can be approved', () => {
    const history = asked();
    expect(judge(history, reading({ by: 'bob' }), voters({ approvers: [] }))).toMatchObject([
      { type: 'not-counted', why: expect.stringContaining('nobody may approve') },
    ]);
  });

  it("the bot's own seeded reactions are ignored", () => {
    expect(vote(asked(), { by: 'ferry' }, { by: 'ferry', emoji: '❌' })).toEqual([]);
  });

  it.each([
    ['has left', { ...joined, membership: 'leave' }],
    ['is banned', { ...joined, membership: 'ban' }],
    ['is only invited', { ...joined, membership: 'invite' }],
    ['is deactivated', { ...joined, deactivated: true }],
    ['is a guest', { ...joined, guest: true }],
    ['is unknown in the room', undefined],
  ])('an approver who %s is not counted', (_what, member) => {
    expect(types(vote(asked(), { by: 'bob', member }))).toEqual(['not-counted']);
  });

  it('an approver who is dropped from the configuration closes the gate again', () => {
    const history = asked();
    vote(history, { by: 'bob' });
    expect(history.gate('live').open).toBe(true);
    expect(gateState(history.run, 'live', { approvers: ['alice', 'carol'] }, history.now)).toMatchObject({
      open: false,
      why: 'approver-gone',
    });
  });
});

describe('what counts as an approval', () => {
  it.each(['✅', '✅\u{fe0f}', '✅🏽'.replace('🏽', '\u{1f3fd}')])('%j approves', emoji => {
    expect(types(vote(asked(), { by: 'bob', emoji }))).toEqual(['approved']);
  });

  it.each(['☑', '✔️', '👍', ':white_check_mark:', 'mxc://sim/yes', '✅✅', ''])('%j is nothing', emoji => {
    expect(vote(asked(), { by: 'bob', emoji })).toEqual([]);
  });

  it('a configured thumb counts in all its forms', () => {
    for (const emoji of ['👍', '👍\u{fe0f}', '👍🏽']) {
      expect(types(judge(asked(), reading({ by: 'bob', emoji }), voters({ approve: '👍' })))).toEqual(['approved']);
    }
  });

  it('two emoji of one person are one person', () => {
    expect(types(vote(asked(), { by: 'bob' }, { by: 'bob', emoji: '✅\u{fe0f}' }))).toEqual(['approved']);
  });

  it('a changed plan closes the gate, whatever was approved', () => {
    const history = asked();
    vote(history, { by: 'bob' });
    const step = history.step('copr-be-dev/open-door');
    const changes = (step.plan ?? []).map(change => ({ ...change, args: { ...change.args, to: 'm-2' } }));
    history.add({ type: 'planned', step: step.node.key, changes });
    expect(history.gate('live')).toMatchObject({ open: false, why: 'void' });
  });
});

describe('❌', () => {
  it('of any approver, the asker too, goes before an approval and is final', () => {
    for (const by of ['carol', 'alice']) {
      const history = asked();
      expect(types(vote(history, { by: 'bob' }, { by, emoji: '❌' }))).toEqual(['rejected']);
      expect(vote(history, { by: 'bob' })).toEqual([]);
      expect(history.gate('live')).toMatchObject({ open: false, why: 'rejected' });
    }
  });

  it('of somebody who is no approver rejects nothing', () => {
    expect(types(vote(asked(), { by: 'mallory', emoji: '❌' }, { by: 'bob' }))).toEqual(['not-counted', 'approved']);
  });

  it('behind hundreds of junk reactions is found', () => {
    const junk = Array.from({ length: 400 }, (_, index) => ({ by: `junk${index}`, emoji: '🎉' }));
    expect(types(vote(asked(), { by: 'bob' }, ...junk, { by: 'carol', emoji: '❌' }))).toEqual(['rejected']);
  });

  it('after the start is a withdrawal: the running step ends, the next one stops', () => {
    const history = prepared();
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' });
    history.finish('run/announce-outage').add({ type: 'begun', step: 'copr-be-dev/stop-services' });
    const begun = history.step('copr-be-dev/stop-services').begunSeq;
    expect(types(voteOn(history, 'r2', { by: 'bob', emoji: '❌' }))).toEqual(['withdrawn']);
    expect(history.gate('outage', begun).open).toBe(true);
    expect(history.gate('storage').open).toBe(false);
    history.finish('copr-be-dev/stop-services');
    expect(history.decide().start).not.toContain('copr-be-dev/move-parts');
  });
});

describe('when', () => {
  it('an approval taken back before the start is withdrawn, and may be given again', () => {
    const history = asked();
    vote(history, { by: 'bob' });
    expect(types(vote(history))).toEqual(['withdrawn']);
    expect(history.gate('live').open).toBe(false);
    expect(types(vote(history, { by: 'bob' }))).toEqual(['approved']);
    expect(history.gate('live').open).toBe(true);
  });

  it('the second approver keeps the gate open when the first takes theirs back', () => {
    const history = asked();
    vote(history, { by: 'bob' }, { by: 'carol' });
    vote(history, { by: 'carol' });
    expect(history.gate('live')).toMatchObject({ open: true, person: 'carol' });
  });

  it('a reaction found at or after the expiry is too late, whenever it was made', () => {
    const history = asked();
    history.later(3 * 24 * 60 * minute);
    expect(types(vote(history, { by: 'bob' }))).toEqual(['expired']);
    expect(history.gate('live')).toMatchObject({ open: false, why: 'expired' });
  });

  it('an approval doesn’t expire in an outage that has begun', () => {
    const history = prepared();
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' }).later(4 * 24 * 60 * minute);
    expect(history.gate('storage').open).toBe(true);
  });

  it('an outage begins only when all its gates are open', () => {
    const history = prepared();
    voteOn(history, 'r3');
    history.add({ type: 'started', person: 'alice' });
    expect(history.decide().append).toEqual([]);
    voteOn(history, 'r3', { by: 'bob' });
    expect(history.decide().append).toEqual([{ type: 'outage-begun' }]);
  });

  it('a deleted request is void, and only a person asks again', () => {
    const history = asked();
    expect(judge(history, { gone: true, reactions: [], members: {} })).toMatchObject([
      { type: 'voided', why: 'deleted' },
    ]);
    expect(history.decide().append).toEqual([]);
  });

  it('the same reading judged again records nothing', () => {
    const history = asked();
    expect(types(vote(history, { by: 'bob' }, { by: 'mallory' }))).toEqual(['not-counted', 'approved']);
    expect(vote(history, { by: 'bob' }, { by: 'mallory' })).toEqual([]);
  });

  it('a restored store asks again', () => {
    const history = asked();
    vote(history, { by: 'bob' });
    history.add({ type: 'voided', request: 'r1', why: 'restored', difference: [] });
    expect(vote(history, { by: 'bob' })).toEqual([]);
    expect(history.gate('live').open).toBe(false);
  });
});
