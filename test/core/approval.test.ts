import { expect, test } from 'vitest';
import { judgeRequest, plainEmoji, type Reading, type Voters } from '#core/approval.ts';
import type { NewEntry } from '#core/entries.ts';
import { type History, people } from '../builders/history.ts';
import { begun, liveAsked, outageAsked, proposed } from '../builders/toy-history.ts';

const persons: Record<string, string> = {
  '@alice:room': 'alice',
  '@alice-slack:room': 'alice',
  '@bob:room': 'bob',
  '@bob-slack:room': 'bob',
  '@carol:room': 'carol',
  '@dan:room': 'dan',
  '@eve:room': 'eve',
};

const voters: Voters = {
  ...people,
  self: '@ferry:room',
  personOf: account => persons[account],
  approve: '✅',
  reject: '❌',
};

type Member = Reading['members'][string];
const joined: Member = { membership: 'join', guest: false, deactivated: false };

/** `bob ✅` … as the chat shows it now. */
function chat(...lines: string[]): Reading {
  const reactions = lines.map((line, at) => {
    const [who = '', emoji = ''] = line.split(' ');
    return { event: `$${at}`, account: `@${who}:room`, emoji };
  });
  return { gone: false, reactions, members: Object.fromEntries(reactions.map(one => [one.account, joined])) };
}

/** Judges a request, records what follows, and says it in short: `approved bob`, `not-counted @mallory:room`. */
function judge(history: History, request: string, reading: Reading, other: Partial<Voters> = {}): string[] {
  const found = history.run.requests.find(one => one.request === request)!;
  const entries = judgeRequest(history.run, found, reading, { ...voters, ...other }, history.now);
  history.add(...entries);
  return [...new Set(entries.map(brief))];
}

function brief(entry: NewEntry): string {
  if (entry.type === 'not-counted') return `not-counted ${entry.account}`;
  if (entry.type === 'approved' || entry.type === 'rejected') return `${entry.type} ${entry.person}`;
  if (entry.type === 'withdrawn') return `withdrawn ${entry.person}: ${entry.saw}`;
  if (entry.type === 'voided') return `voided: ${entry.why}`;
  return entry.type;
}

test('a second person’s reaction approves every gate of the request with the hashes that it shows', () => {
  const history = outageAsked();
  expect(judge(history, 'r2', chat('bob ✅'))).toEqual(['approved bob']);
  for (const gate of ['outage', 'storage', 'address'] as const) expect(history.gate(gate).open).toBe(true);
  expect(history.gate('database').open).toBe(false);
});

test('judging the same chat again adds nothing', () => {
  const history = liveAsked();
  judge(history, 'r1', chat('bob ✅', 'mallory ✅'));
  expect(judge(history, 'r1', chat('bob ✅', 'mallory ✅'))).toEqual([]);
});

test('1: the asker’s own reaction is refused, once, naming who can', () => {
  const history = liveAsked();
  expect(judge(history, 'r1', chat('alice ✅'))).toEqual(['not-counted @alice:room']);
  expect(history.entries.at(-1)).toMatchObject({ why: expect.stringContaining('bob, carol, dan can approve') });
  expect(judge(history, 'r1', chat('alice ✅'))).toEqual([]);
  expect(history.gate('live').open).toBe(false);
});

test('2: the asker’s second account is the asker', () => {
  const history = liveAsked();
  expect(judge(history, 'r1', chat('alice-slack ✅'))).toEqual(['not-counted @alice-slack:room']);
  expect(history.gate('live').open).toBe(false);
});

test('1: whoever altered the plan that is asked for is refused like its asker', () => {
  const history = proposed();
  history.add({ type: 'skipped', step: 'pot/write-line', person: 'bob', because: 'no', request: null });
  const asked = liveAsked().entries.slice(1) as NewEntry[];
  history.add(...asked.map(one => (one.type === 'requested' ? { ...one, askers: ['alice', 'bob'] } : one)));
  expect(judge(history, 'r1', chat('bob ✅'))).toEqual(['not-counted @bob:room']);
  expect(history.entries.at(-1)).toMatchObject({ why: expect.stringContaining('carol, dan can approve') });
  expect(judge(history, 'r1', chat('bob ✅', 'carol ✅'))).toEqual(['approved carol']);
});

test('3: nobody, and a person who is no approver here, are refused with one notice each', () => {
  const history = liveAsked();
  const reading = chat('mallory ✅', 'mallory ✅', 'eve ✅', 'mallory ❌');
  expect(judge(history, 'r1', reading)).toEqual(['not-counted @mallory:room', 'not-counted @eve:room']);
  expect(history.run.requests[0]!.status).toBe('open');
});

test('4: without approvers nothing can be approved', () => {
  const history = liveAsked();
  expect(judge(history, 'r1', chat('bob ✅'), { approvers: [] })).toEqual(['not-counted @bob:room']);
  expect(history.entries.at(-1)).toMatchObject({ why: 'not counted: nobody may approve for toys' });
});

test('5: the bot’s own seeded reactions never count', () => {
  expect(judge(liveAsked(), 'r1', chat('ferry ✅', 'ferry ❌'))).toEqual([]);
});

test.each([
  ['left', undefined],
  ['was banned', { ...joined, membership: 'ban' }],
  ['was only invited', { ...joined, membership: 'invite' }],
  ['is a guest', { ...joined, guest: true }],
  ['is deactivated', { ...joined, deactivated: true }],
] as const)('6: an approver who %s does not count, before or after', (_how, member) => {
  const reading = { ...chat('bob ✅'), members: { '@bob:room': member } };
  expect(judge(liveAsked(), 'r1', reading)).toEqual(['not-counted @bob:room']);
  const history = liveAsked();
  judge(history, 'r1', chat('bob ✅'));
  judge(history, 'r1', reading);
  expect(history.gate('live')).toEqual({ open: false, why: 'withdrawn' });
});

test('6: an approver who was dropped from the estate after reacting opens nothing', () => {
  const history = liveAsked();
  judge(history, 'r1', chat('bob ✅'));
  const approvers = ['alice', 'carol'];
  history.policy = { ...people, approvers };
  expect(history.gate('live')).toEqual({ open: false, why: 'approver-gone' });
  expect(judge(history, 'r1', chat('bob ✅'), { approvers })).toContain('not-counted @bob:room');
});

test('7: only the account id counts', () => {
  expect(judge(liveAsked(), 'r1', chat('b0b ✅'))).toEqual(['not-counted @b0b:room']);
});

test('12: the forms of one emoji are one, and nothing else is', () => {
  expect(plainEmoji('👍\u{fe0f}')).toBe('👍');
  expect(plainEmoji('👍🏽')).toBe('👍');
  expect(plainEmoji('☑\u{fe0f}')).toBe('☑');
  const thumb = { approve: '👍' };
  for (const emoji of ['👍', '👍\u{fe0f}', '👍🏽']) {
    expect(judge(liveAsked(), 'r1', chat(`bob ${emoji}`), thumb)).toEqual(['approved bob']);
  }
  for (const emoji of ['☑', '✔', ':white_check_mark:', '✅✅', '👎', 'mxc://x/y']) {
    expect(judge(liveAsked(), 'r1', chat(`bob ${emoji}`))).toEqual([]);
  }
});

test('12: two accounts of one person are one person', () => {
  const history = liveAsked();
  expect(judge(history, 'r1', chat('bob ✅', 'bob-slack ✅'))).toEqual(['approved bob']);
  expect(judge(history, 'r1', chat('bob-slack ✅'))).toEqual([]);
  expect(history.gate('live').open).toBe(true);
});

test('13: a reject before the start is final, whoever of the approvers it is', () => {
  for (const who of ['carol', 'alice', 'bob']) {
    const history = liveAsked();
    expect(judge(history, 'r1', chat('bob ✅', `${who} ❌`))).toEqual([`rejected ${who}`]);
    expect(judge(history, 'r1', chat('bob ✅'))).toEqual([]);
    expect(history.gate('live')).toEqual({ open: false, why: 'rejected' });
  }
});

test('13: a reject after an approval and before the start is final', () => {
  const history = outageAsked();
  judge(history, 'r2', chat('bob ✅'));
  expect(judge(history, 'r2', chat('bob ✅', 'carol ❌'))).toEqual(['rejected carol']);
});

test('13: a reject after the start takes back the rejecter’s own approval', () => {
  const history = begun();
  expect(judge(history, 'r2', chat('bob ✅', 'carol ❌'))).toEqual([]);
  expect(judge(history, 'r2', chat('bob ✅', 'bob ❌'))).toEqual(['withdrawn bob: their reject']);
  expect(history.gate('storage')).toEqual({ open: false, why: 'withdrawn' });
});

test('15: an approval that is taken back before the start is withdrawn, and can be given again', () => {
  const history = liveAsked();
  judge(history, 'r1', chat('bob ✅'));
  expect(judge(history, 'r1', chat())).toEqual(['withdrawn bob: their reaction is gone']);
  expect(history.gate('live')).toEqual({ open: false, why: 'withdrawn' });
  expect(judge(history, 'r1', chat())).toEqual([]);
  expect(judge(history, 'r1', chat('bob ✅'))).toEqual(['approved bob']);
  expect(history.gate('live').open).toBe(true);
});

test('15: one who takes theirs back leaves the other’s', () => {
  const history = liveAsked();
  judge(history, 'r1', chat('bob ✅', 'carol ✅'));
  judge(history, 'r1', chat('carol ✅'));
  expect(history.gate('live')).toMatchObject({ open: true, person: 'carol' });
});

test('15: taken back after the start it is recorded, and another may approve instead', () => {
  const history = begun();
  expect(judge(history, 'r2', chat())).toEqual(['withdrawn bob: their reaction is gone']);
  expect(history.gate('outage').open).toBe(false);
  expect(judge(history, 'r2', chat('carol ✅'))).toEqual(['approved carol']);
  expect(history.gate('outage')).toMatchObject({ open: true, person: 'carol' });
});

test('16, 17: what is found at the expiry or later is too late, by the store’s clock', () => {
  const early = liveAsked().later(people.people.expire - 1);
  expect(judge(early, 'r1', chat('bob ✅'))).toEqual(['approved bob']);
  const late = liveAsked().later(people.people.expire);
  expect(judge(late, 'r1', chat('bob ✅'))).toEqual(['expired']);
  expect(judge(late, 'r1', chat('bob ✅'))).toEqual([]);
});

test('18: an order of events does not matter: the final read decides', () => {
  const history = liveAsked();
  expect(judge(history, 'r1', chat())).toEqual([]);
  expect(judge(history, 'r1', chat('bob ✅'))).toEqual(['approved bob']);
});

test('19: a request that was deleted is void; in an outage all its approvals are withdrawn', () => {
  const gone: Reading = { gone: true, reactions: [], members: {} };
  const before = outageAsked();
  judge(before, 'r2', chat('bob ✅'));
  expect(judge(before, 'r2', gone)).toEqual(['voided: deleted']);
  expect(before.decide()).toMatchObject({
    waiting: [
      { for: 'ask', why: 'void' },
      { for: 'approval', request: 'r3' },
    ],
  });
  const during = begun();
  expect(judge(during, 'r2', gone)).toEqual(['withdrawn bob: the request was deleted']);
  expect(during.gate('storage').open).toBe(false);
});

test('a request that is over is not judged again', () => {
  const history = liveAsked().add({ type: 'rejected', request: 'r1', person: 'dan', account: '@dan:room' });
  expect(judge(history, 'r1', chat('bob ✅'))).toEqual([]);
});

test('an account that can’t be read holds up nobody else’s approval, and its own counts once it can be read', () => {
  const history = liveAsked();
  const reading = chat('dan ✅', 'bob ✅');
  const unclear = { ...reading, members: { ...reading.members, '@dan:room': 'unreadable' as const } };
  expect(judge(history, 'r1', unclear)).toEqual(['approved bob']);
  expect(judge(history, 'r1', reading)).toEqual(['approved dan']);
});

test('an approval that stands is not taken back because its account can’t be read', () => {
  const history = liveAsked();
  const reading = chat('bob ✅');
  judge(history, 'r1', reading);
  const unclear = { ...reading, members: { '@bob:room': 'unreadable' as const } };
  expect(judge(history, 'r1', unclear)).toEqual([]);
  expect(judge(history, 'r1', chat())).toEqual(['withdrawn bob: their reaction is gone']);
});

test('a reject whose account can’t be read keeps approvals back until it can', () => {
  const history = liveAsked();
  const reading = chat('carol ❌', 'bob ✅');
  const unclear = { ...reading, members: { ...reading.members, '@carol:room': 'unreadable' as const } };
  expect(judge(history, 'r1', unclear)).toEqual([]);
  expect(judge(history, 'r1', reading)).toEqual(['rejected carol']);
});

test('a request is void when Ferry was out of its room since, whatever can be read of it afterwards', () => {
  for (const away of ['out', 'back'] as const) {
    const history = outageAsked();
    judge(history, 'r2', chat('bob ✅'));
    expect(judge(history, 'r2', { ...chat('bob ✅'), away })).toEqual(['voided: unseen']);
    expect(history.gate('outage').open).toBe(false);
  }
});

test('an outage that has begun goes on while Ferry is out of the room; who took it back is heard afterwards', () => {
  const history = begun();
  const request = history.run.requests.find(one => one.gates.some(({ gate }) => gate === 'outage'))?.request ?? '';
  expect(judge(history, request, { ...chat(), away: 'out' })).toEqual([]);
  expect(judge(history, request, { ...chat('bob ❌'), away: 'back' })).toEqual(['withdrawn bob: their reject']);
});

test('a crowd of strangers is told ten times that it isn’t counted, and an approver still is', () => {
  const history = outageAsked();
  const crowd = Array.from({ length: 40 }, (_, index) => `stranger${index} ✅`);
  const told = judge(history, 'r2', chat(...crowd, 'alice ✅', 'bob ✅'));
  expect(told.filter(one => one.includes('stranger'))).toHaveLength(10);
  expect(told).toContain('approved bob');
  expect(told).toContain('not-counted @alice:room');
});
