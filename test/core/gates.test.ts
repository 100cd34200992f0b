import { describe, expect, test } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { gateHash, gatesNeeded, isAsker, isUnderWay, stepsBehind } from '#core/gates.ts';
import type { Gate } from '#core/graph.ts';
import { History, people } from '../builders/history.ts';
import { ask, begun, liveAsked, outageAsked, proposed, started } from '../builders/toy-history.ts';

test('an asker’s approval opens nothing though the request doesn’t name them among those who asked', () => {
  const history = liveAsked();
  const asked = history.entries.findIndex(entry => entry.type === 'requested');
  const [requested, ...rest] = history.entries.slice(asked) as NewEntry[];
  const unnamed = new History(...(history.entries.slice(0, asked) as NewEntry[]));
  unnamed.add({ ...requested, askers: [] } as NewEntry, ...rest).approve('r1', 'alice');
  expect(unnamed.gate('live')).toEqual({ open: false, why: 'not-approved' });
});

describe('a person is their accounts', () => {
  const accounts = (more: Record<string, readonly string[]>) => ({
    alice: ['@alice:sim', '@phone:sim'],
    bob: ['@bob:sim'],
    carol: ['@carol:sim'],
    ...more,
  });

  /** Alice asked with two accounts; somebody approves by an account, under the name that the estate gives it then. */
  function approvedBy(account: string, person: string): History {
    const [first, ...rest] = outageAsked().entries as readonly NewEntry[];
    const own = ['@alice:sim', '@phone:sim'];
    const asked = (entry: NewEntry) => (entry.type === 'requested' ? { ...entry, accounts: own } : entry);
    const history = new History({ ...first, accounts: own } as NewEntry, ...rest.map(asked));
    const request = history.run.requests[1]!;
    for (const { gate, hash } of request.gates)
      history.add({ type: 'approved', request: 'r2', gate, hash, person, account, reaction: '$r' });
    return history;
  }

  test.each([
    ['renamed', '@alice:sim', 'alicia', { alice: [], alicia: ['@alice:sim', '@phone:sim'] }],
    ['split', '@phone:sim', 'alison', { alice: ['@alice:sim'], alison: ['@phone:sim'] }],
    ['merged with an approver', '@bob:sim', 'bob', { alice: [], bob: ['@bob:sim', '@alice:sim'] }],
    ['merged under another name', '@bob:sim', 'bob', { alice: [], bob: [], both: ['@alice:sim', '@bob:sim'] }],
  ])('an asker who is %s opens nothing', (_how, account, person, now) => {
    const history = approvedBy(account, person);
    const approvers = ['bob', 'carol', 'alicia', 'alison', 'both'];
    history.policy = { ...people, approvers, accounts: accounts(now) };
    expect(history.gate('storage')).toEqual({ open: false, why: 'not-approved' });
  });

  test('an approver who alters the plan later, in the outage, has approved what came before', () => {
    const history = begun();
    history.add(
      { type: 'begun', step: 'pot/stop-services' },
      { type: 'halted', step: 'pot/stop-services', code: 'c', sentence: 's', evidence: [] },
      { type: 'done-by-hand', step: 'pot/stop-services', person: 'bob', accounts: ['@bob:sim'], because: 'x' },
    );
    history.policy = { ...people, accounts: accounts({}) };
    expect(history.gate('storage')).toMatchObject({ open: true, person: 'bob' });
  });

  test('an approver who is only renamed is still who approved', () => {
    const history = approvedBy('@bob:sim', 'bob');
    history.policy = { ...people, approvers: ['robert'], accounts: accounts({ bob: [], robert: ['@bob:sim'] }) };
    expect(history.gate('storage')).toMatchObject({ open: true });
  });

  test('an account that asked stays the asker’s when it is nobody’s any more', () => {
    const { run } = liveAsked();
    const request = { askers: [], accounts: ['@phone:sim'] };
    const policy = { ...people, accounts: accounts({ alice: ['@alice:sim'] }) };
    expect(isAsker(run, request, { person: 'somebody', account: '@phone:sim' }, policy)).toBe(true);
    expect(isAsker(run, request, { person: 'somebody', account: '@other:sim' }, policy)).toBe(false);
  });

  test('an asker stays one by the name that they answered under, and by the name that their account has now', () => {
    const { run } = liveAsked();
    const request = { askers: [], accounts: [] };
    const policy = { ...people, accounts: { alice: ['@new:sim'], bob: ['@old:sim'] } };
    expect(isAsker(run, request, { person: 'alice', account: '@old:sim' }, policy)).toBe(true);
    expect(isAsker(run, request, { person: 'bob', account: '@new:sim' }, policy)).toBe(true);
    expect(isAsker(run, request, { person: 'bob', account: '@old:sim' }, policy)).toBe(false);
  });

  test('an account that is nobody’s any more opens nothing', () => {
    const history = approvedBy('@bob:sim', 'bob');
    history.policy = { ...people, approvers: ['bob'], accounts: accounts({ bob: ['@bob:elsewhere'] }) };
    expect(history.gate('storage')).toEqual({ open: false, why: 'approver-gone' });
  });
});

test('what people say to have done by hand stays behind its gate: its check may fail, and a retry makes it', () => {
  const history = outageAsked().add({ type: 'done-by-hand', step: 'pot/brew', person: 'bob', because: 'x' });
  expect(stepsBehind(history.run, 'address').map(step => step.node.key)).toContain('pot/brew');
});

test('a gate that was approved by another person than the asker is open', () => {
  const history = liveAsked();
  expect(history.gate('live')).toEqual({ open: false, why: 'not-approved' });
  history.approve('r1', 'bob');
  expect(history.gate('live')).toEqual({ open: true, person: 'bob', request: 'r1' });
});

test('a gate that was planned but not asked for is closed', () => {
  const history = liveAsked();
  const asked = history.entries.findIndex(entry => entry.type === 'requested');
  const before = new History(...(history.entries.slice(0, asked) as NewEntry[]));
  expect(before.gate('live')).toEqual({ open: false, why: 'not-asked' });
});

test('the asker’s own approval opens nothing, even where it stands in the journal', () => {
  expect(liveAsked().approve('r1', 'alice').gate('live').open).toBe(false);
});

test('whoever altered the plan that is asked for opens nothing', () => {
  const history = outageAsked();
  history.add({ type: 'skipped', step: 'pot/ring-bell', person: 'bob', because: 'quiet', request: null });
  expect(history.run.requests.map(one => [one.status, one.why])).toEqual([
    ['approved', undefined],
    ['void', 'skipped'],
    ['void', 'skipped'],
  ]);
  history.add({ type: 'skipped', step: 'pot/brew', person: 'bob', because: 'cold', request: null });
  ask(history).approve('r4', 'bob');
  expect(history.run.requests[3]).toMatchObject({ request: 'r4', askers: ['alice', 'bob'] });
  expect(history.gate('storage').open).toBe(false);
  history.approve('r4', 'carol');
  expect(history.gate('storage')).toMatchObject({ open: true, person: 'carol' });
});

test('an approver who is dropped from the estate opens nothing any more', () => {
  const history = liveAsked().approve('r1', 'bob');
  history.policy = { ...people, approvers: ['alice', 'carol'] };
  expect(history.gate('live')).toEqual({ open: false, why: 'approver-gone' });
  history.approve('r1', 'carol');
  expect(history.gate('live')).toMatchObject({ open: true, person: 'carol' });
});

test('an empty list of approvers keeps every gate closed', () => {
  const history = started();
  history.policy = { ...people, approvers: [] };
  for (const gate of ['live', 'outage', 'storage', 'address', 'database'] as const) {
    expect(history.gate(gate)).toEqual({ open: false, why: 'approver-gone' });
  }
});

test('an approval of another hash opens nothing', () => {
  const history = liveAsked();
  const approval = {
    type: 'approved',
    request: 'r1',
    gate: 'live',
    person: 'bob',
    account: '@b',
    reaction: '$',
  } as const;
  history.add({ ...approval, hash: '0'.repeat(64) });
  expect(history.gate('live')).toEqual({ open: false, why: 'not-approved' });
});

test('an approval of another gate opens nothing, whatever hash it names', () => {
  const history = liveAsked();
  const hash = gateHash(history.run, 'live')!;
  const approval = { type: 'approved', request: 'r1', person: 'bob', account: '@b', reaction: '$', hash } as const;
  history.add({ ...approval, gate: 'outage' });
  expect(history.gate('live')).toEqual({ open: false, why: 'not-approved' });
  history.add({ ...approval, gate: 'live' });
  expect(history.gate('live').open).toBe(true);
});

test('a plan that changed after it was asked for closes its gate', () => {
  const history = liveAsked().approve('r1', 'bob');
  const [put] = history.step('pot/open-door').plan!;
  history.add({ type: 'planned', step: 'pot/open-door', changes: [{ ...put!, args: { ...put!.args, to: 'else' } }] });
  expect(history.gate('live')).toEqual({ open: false, why: 'void' });
});

test.each([
  ['rejected', { type: 'rejected', request: 'r1', person: 'carol', account: '@carol' }],
  ['expired', { type: 'expired', request: 'r1' }],
  ['void', { type: 'voided', request: 'r1', why: 'deleted', difference: [] }],
] as const)('a request that is %s opens nothing', (why, entry) => {
  expect(liveAsked().approve('r1', 'bob').add(entry).gate('live')).toEqual({ open: false, why });
});

test('an approval is good until the millisecond before the expiry', () => {
  const history = liveAsked().approve('r1', 'bob');
  history.later(people.people.expire - 1);
  expect(history.gate('live').open).toBe(true);
  history.later(1);
  expect(history.gate('live')).toEqual({ open: false, why: 'expired' });
});

test('what has begun can’t expire', () => {
  const live = liveAsked().approve('r1', 'bob').add({ type: 'begun', step: 'pot/open-door' });
  expect(live.later(people.people.expire).gate('live').open).toBe(true);
  const outage = begun().later(people.people.expire);
  for (const gate of ['outage', 'storage', 'address', 'database'] as const) expect(outage.gate(gate).open).toBe(true);
});

test('an approval that was taken back opens nothing for a step that has not begun', () => {
  const history = begun().add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
  expect(history.gate('storage')).toEqual({ open: false, why: 'withdrawn' });
  history.approve('r2', 'bob');
  expect(history.gate('storage').open).toBe(true);
});

test('a step that runs ends when its approval is taken back', () => {
  const history = begun().finish('run/announce-outage').add({ type: 'begun', step: 'pot/stop-services' });
  const { begunSeq } = history.step('pot/stop-services');
  history.add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
  expect(history.gate('outage', begunSeq).open).toBe(true);
  expect(history.gate('outage').open).toBe(false);
});

test('a step that halted and is retried after its approval was taken back stays closed', () => {
  const history = begun().finish('run/announce-outage').add({ type: 'begun', step: 'pot/stop-services' });
  history.add({ type: 'halted', step: 'pot/stop-services', code: 'c', sentence: 's', evidence: [] });
  history.add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
  history.add({ type: 'retried', step: 'pot/stop-services', person: 'alice' });
  expect(history.gate('outage', history.step('pot/stop-services').begunSeq)).toEqual({ open: false, why: 'withdrawn' });
});

test('only what still changes something needs a gate', () => {
  const history = proposed();
  expect([...gatesNeeded(history.run)].sort()).toEqual(['address', 'database', 'live', 'outage', 'storage']);
  history.add({ type: 'planned', step: 'pot/ring-bell', changes: [] });
  history.add({ type: 'skipped', step: 'pot/open-door', person: 'bob', because: 'x', request: null });
  history.add({ type: 'done-by-hand', step: 'pot/stop-services', person: 'bob', because: 'x' });
  expect([...gatesNeeded(history.run)].sort()).toEqual(['address', 'storage']);
});

test('a step left out before its gate is under way is out of the plan, later it stays in', () => {
  const skip: NewEntry = { type: 'skipped', step: 'pan/brew', person: 'carol', because: 'x', request: null };
  const early = outageAsked(['pot', 'pan']).approve('r2', 'bob');
  const before = gateHash(early.run, 'address');
  early.add(skip);
  expect(gateHash(early.run, 'address')).not.toBe(before);
  expect(early.gate('address').open).toBe(false);
  const late = begun(['pot', 'pan']).add(skip);
  expect(gateHash(late.run, 'address')).toBe(before);
  expect(late.gate('address').open).toBe(true);
});

test('one target that turns back in the outage leaves the others’ gates open', () => {
  const history = begun(['pot', 'pan']);
  const dropped = ['stop-services', 'move-parts', 'brew', 'ring-bell', 'shut-door'].map(step => `pan/${step}`);
  history.add(
    { type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pan'] },
    { type: 'turned-back', targets: ['pan'], dropped, nodes: [], plans: {}, shown: true },
  );
  for (const gate of ['outage', 'storage', 'address', 'database'] as const) expect(history.gate(gate).open).toBe(true);
});

test('one target that is cancelled before the outage makes the rest ask again', () => {
  const history = outageAsked(['pot', 'pan']).approve('r2', 'bob').approve('r3', 'bob');
  const dropped = ['stop-services', 'move-parts', 'brew', 'ring-bell', 'shut-door'].map(step => `pan/${step}`);
  history.add(
    { type: 'turning-back', how: 'cancel', person: 'carol', because: null, targets: ['pan'] },
    { type: 'turned-back', targets: ['pan'], dropped, nodes: [], plans: {}, shown: true },
  );
  expect(history.gate('storage')).toEqual({ open: false, why: 'void' });
  expect(history.decide().append).toMatchObject([
    { type: 'requested', request: 'r4', askers: ['alice', 'carol'], because: expect.any(Array) },
    { type: 'requested', request: 'r5' },
  ]);
});

test('what is under way no longer is when its request is void: it can be asked for anew', () => {
  const history = begun();
  expect(isUnderWay(history.run, 'storage')).toBe(true);
  history.add({ type: 'voided', request: 'r2', why: 'drift', difference: [] });
  expect(isUnderWay(history.run, 'storage')).toBe(false);
  expect(history.decide().append).toContainEqual(expect.objectContaining({ type: 'requested', request: 'r4' }));
});

test('a request that is asked again in an outage is not under way before it was approved and used', () => {
  const history = begun();
  const isUp = (gate: Gate) => isUnderWay(history.run, gate);
  expect(isUp('storage')).toBe(true);
  const { gates: asked, askers, expiresAt } = history.run.requests[1]!;
  history.add({ type: 'requested', request: 'r4', gates: asked, askers, expiresAt, because: [] });
  expect(isUp('storage')).toBe(false);
  expect(history.gate('storage').open).toBe(false);
  history.approve('r4', 'carol');
  expect(history.gate('storage').open).toBe(true);
  expect(isUp('storage')).toBe(false);
  history.add({ type: 'begun', step: 'pot/move-parts' });
  expect(isUp('storage')).toBe(true);
});
