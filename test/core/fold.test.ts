import { expect, test } from 'vitest';
import type { Entry, NewEntry } from '#core/entries.ts';
import { advance, fold } from '#core/fold.ts';
import { hashOf } from '#core/hash.ts';
import { begun, liveAsked, outageAsked, proposed, toys } from '../builders/toy-history.ts';
import { toyProposal } from '../toy-procedure.ts';

test('a journal begins with its proposal', () => {
  expect(() => fold([])).toThrow('a journal begins with its proposal');
  const { entries } = proposed();
  expect(() => fold([{ ...entries[0]!, seq: 2 } as Entry])).toThrow('a journal begins with its proposal');
  expect(() => fold([{ ...entries[0]!, type: 'begun', step: 'pot/brew' } as unknown as Entry])).toThrow('proposal');
});

test('a second proposal is refused', () => {
  const history = proposed();
  expect(() => history.add(toyProposal(toys))).toThrow('a second proposal');
});

test('an entry that is missing, repeated or altered breaks the chain', () => {
  const { entries } = liveAsked();
  const middle = Math.floor(entries.length / 2);
  expect(() => fold(entries.toSpliced(middle, 1))).toThrow(/entry \d+ after \d+/);
  expect(() => fold(entries.toSpliced(middle, 0, entries[middle]!))).toThrow(/entry \d+ after \d+/);
  const altered = entries.with(middle, { ...entries[middle]!, at: 1 });
  expect(() => fold(altered)).toThrow("doesn't chain to the one before");
});

test('the head is the hash of the last entry, its time included', () => {
  const history = proposed();
  expect(history.run.head).toEqual({ seq: 1, hash: hashOf(history.entries[0]) });
  history.later(5).add({ type: 'paused', person: 'bob' });
  expect(history.run.head).toEqual({ seq: 2, hash: hashOf(history.entries[1]) });
  expect(history.run.lastAt).toBe(history.now);
});

test('folding the same entries gives the same run, also after their way through JSON', () => {
  const { entries, run } = begun(['pot', 'pan']);
  expect(fold(entries)).toEqual(run);
  expect(fold(JSON.parse(JSON.stringify(entries)))).toEqual(run);
});

test('an entry of an unknown type or version stops the run, and what follows is read but not applied', () => {
  for (const odd of [
    { type: 'levitated', v: 1 },
    { type: 'paused', v: 2, person: 'bob' },
  ]) {
    const history = proposed();
    const { seq, hash } = history.run.head;
    advance(history.run, { ...odd, seq: seq + 1, at: 1, prev: hash } as unknown as Entry);
    expect(history.run.strange).toContain(`type ${odd.type}, version ${odd.v}`);
    history.add({ type: 'noted', person: 'bob', text: 'hm' });
    expect(history.run.notes).toEqual([]);
    expect(history.run.paused).toBeUndefined();
    expect(history.run.head.seq).toBe(3);
    expect(history.decide()).toMatchObject({ start: [], append: [], waiting: [{ for: 'newer-version' }] });
  }
});

test('the chat events that caused entries are remembered', () => {
  const history = proposed().add({ type: 'paused', person: 'bob', cause: '$1' });
  expect([...history.run.causes]).toEqual(['$proposal', '$1']);
});

test('an entry about a step or a request that the run lacks is refused', () => {
  expect(() => proposed().add({ type: 'begun', step: 'pot/dance' })).toThrow('no step pot/dance');
  expect(() => proposed().add({ type: 'expired', request: 'r9' })).toThrow('no request r9');
});

test('a step waits, runs and is done', () => {
  const history = proposed();
  const step = history.step('pot/make-new');
  expect(step.status).toBe('waiting');
  history.add({ type: 'planned', step: 'pot/make-new', changes: [] });
  expect(step).toMatchObject({ status: 'waiting', plan: [] });
  history.later(1).add({ type: 'begun', step: 'pot/make-new' });
  expect(step).toMatchObject({ status: 'running', begunAt: history.now, begunSeq: 3 });
  history.later(1).add({ type: 'finished', step: 'pot/make-new', outputs: { id: 'm-1' }, note: 'fine' });
  expect(step).toMatchObject({ status: 'done', endedAt: history.now, outputs: { id: 'm-1' }, note: 'fine' });
});

test('a running step that halted goes on by a retry; withdrawals before the retry count', () => {
  const history = proposed().add(
    { type: 'begun', step: 'pot/make-new' },
    { type: 'halted', step: 'pot/make-new', code: 'c', sentence: 's', evidence: ['e'] },
  );
  const step = history.step('pot/make-new');
  expect(step).toMatchObject({ status: 'halted', halts: 1, halt: { code: 'c', sentence: 's', evidence: ['e'] } });
  history.add({ type: 'retried', step: 'pot/make-new', person: 'bob' });
  expect(step).toMatchObject({ status: 'running', halt: undefined, begunSeq: 4, halts: 1 });
});

test('a step that halted before it began waits again after a retry', () => {
  const history = outageAsked().add({
    type: 'halted',
    step: 'run/announce-outage',
    code: 'c',
    sentence: 's',
    evidence: [],
  });
  history.add({ type: 'retried', step: 'run/announce-outage', person: 'bob' });
  expect(history.step('run/announce-outage').status).toBe('waiting');
  expect(history.decide().start).toEqual([]);
});

test('a step done by hand is checked, and counts as begun by nobody', () => {
  const history = proposed().add(
    { type: 'halted', step: 'pot/brew', code: 'c', sentence: 's', evidence: [] },
    { type: 'done-by-hand', step: 'pot/brew', person: 'bob', because: 'cold' },
  );
  const step = history.step('pot/brew');
  expect(step).toMatchObject({
    status: 'by-hand',
    halt: undefined,
    begunSeq: undefined,
    byHand: { person: 'bob', because: 'cold' },
  });
  expect(history.run.alterers).toEqual(['bob']);
  history.add({ type: 'halted', step: 'pot/brew', code: 'not-done', sentence: 's', evidence: [] });
  expect(step.status).toBe('halted');
  history.add({ type: 'retried', step: 'pot/brew', person: 'bob' });
  expect(step.status).toBe('waiting');
});

test('a skipped step is over, and its skipper asked for the plan without it', () => {
  const history = proposed().add({
    type: 'skipped',
    step: 'pot/open-door',
    person: 'carol',
    because: 'no door',
    request: null,
  });
  expect(history.step('pot/open-door')).toMatchObject({
    status: 'skipped',
    note: 'no door',
    altered: { how: 'left out', person: 'carol' },
  });
  expect(history.run.alterers).toEqual(['carol']);
});

test('turning back drops what did not run and adds the steps of the way back', () => {
  const history = begun(['pot', 'pan']);
  history.add(
    { type: 'begun', step: 'run/announce-outage' },
    { type: 'paused', person: 'dan' },
    { type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] },
  );
  expect(history.run).toMatchObject({ turning: { how: 'rollback', targets: ['pot'] }, paused: undefined });
  expect(history.run.alterers).toEqual(['carol']);
  const node = { ...history.step('pot/brew').node, key: 'pot/undo-brew', step: 'undo-brew', phase: 'undo' as const };
  history.add({
    type: 'turned-back',
    targets: ['pot'],
    dropped: ['pot/brew', 'pot/check-readiness'],
    nodes: [{ ...node, gate: undefined, after: [] }],
    plans: { 'pot/undo-brew': [] },
    shown: true,
  });
  expect(history.step('pot/brew').status).toBe('dropped');
  expect(history.step('pot/check-readiness').status).toBe('done');
  expect(history.step('pot/undo-brew')).toMatchObject({ status: 'waiting', plan: [] });
  expect(history.run).toMatchObject({ turning: undefined, turned: { pot: 'rollback' } });
});

test('facts, notes, drivers, pauses, posts, reminders and announcements are kept', () => {
  const history = proposed().add(
    { type: 'facts', target: 'pot', facts: { a: 1 }, remarks: ['hm'] },
    { type: 'noted', person: 'bob', text: 'hello' },
    { type: 'taken', target: 'pot', person: 'carol' },
    { type: 'paused', person: 'dan' },
    { type: 'posted', what: 'thread', room: '!r', event: '$e' },
    { type: 'reminded', about: 'r1', nth: 2, people: [] },
    { type: 'owed', item: 'i', channel: 'tell', to: ['#t'], subject: 's', text: 'x' },
  );
  expect(history.run).toMatchObject({
    facts: { pot: { facts: { a: 1 }, remarks: ['hm'], seq: 2 } },
    notes: [{ person: 'bob', text: 'hello' }],
    targets: [{ name: 'pot', driver: 'carol' }],
    paused: { person: 'dan' },
    posted: { thread: { room: '!r', event: '$e' } },
    reminded: { r1: 2 },
    owed: { i: { channel: 'tell', told: undefined } },
  });
  history.add(
    { type: 'resumed', person: 'dan' },
    { type: 'told', item: 'i', by: 'bob', ref: 'by hand' },
    { type: 'told', item: 'nothing', by: null, ref: '' },
    { type: 'ended', outcome: 'done' },
  );
  expect(history.run).toMatchObject({
    paused: undefined,
    owed: { i: { told: { by: 'bob', ref: 'by hand' } } },
    ended: { outcome: 'done', at: history.now },
  });
});

test('a request is open, approved when each gate is, and open again when the approval is withdrawn', () => {
  const history = outageAsked();
  const request = history.run.requests[1]!;
  expect(request).toMatchObject({ request: 'r2', status: 'open', approvedSeq: undefined });
  const [first] = request.gates;
  const bob = { person: 'bob', account: '@bob', reaction: '$1' };
  history.add({ type: 'approved', request: 'r2', ...first!, ...bob });
  expect(request.status).toBe('open');
  history.approve('r2', 'bob');
  expect(request).toMatchObject({ status: 'approved', approvedSeq: history.run.head.seq - 3 });
  history.add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
  expect(request.status).toBe('open');
  history.approve('r2', 'bob');
  expect(request).toMatchObject({ status: 'approved', withdrawals: [] });
  history.approve('r2', 'carol').add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
  expect(request.status).toBe('approved');
});

const endings: readonly (readonly [string, NewEntry])[] = [
  ['rejected', { type: 'rejected', request: 'r2', person: 'carol', account: '@carol' }],
  ['expired', { type: 'expired', request: 'r2' }],
  ['void', { type: 'voided', request: 'r2', why: 'deleted', difference: [] }],
];

test.each(endings)('a request that is %s stays so, and needs a new !start', (status, ending) => {
  const history = outageAsked().approve('r2', 'bob').add({ type: 'started', person: 'alice' }, ending);
  const request = history.run.requests[1]!;
  expect(request.status).toBe(status);
  expect(history.run.started).toBeUndefined();
  history.approve('r2', 'bob');
  for (const [, other] of endings) history.add(other);
  expect(request.status).toBe(status);
});

test('a request voids the one before it that asked for one of its gates', () => {
  const history = outageAsked();
  const { gates, askers, expiresAt } = history.run.requests[1]!;
  history.add({ type: 'requested', request: 'r4', gates: gates.slice(1), askers, expiresAt, because: [] });
  expect(history.run.requests.map(one => one.status)).toEqual(['approved', 'void', 'open', 'open']);
  expect(history.run.requests[1]!.why).toBe('asked-anew');
});

test('an account is told once why it does not count', () => {
  const history = liveAsked().add({ type: 'not-counted', request: 'r1', account: '@mallory', why: 'no' });
  expect(history.run.requests[0]!.notCounted).toEqual(['@mallory']);
});

test('what turned back first keeps its name', () => {
  const history = proposed();
  const turn = (how: 'cancel' | 'rollback'): NewEntry[] => [
    { type: 'turning-back', how, person: 'bob', because: null, targets: ['pot'] },
    { type: 'turned-back', targets: ['pot'], dropped: [], nodes: [], plans: {}, shown: true },
  ];
  history.add(...turn('cancel'), ...turn('rollback'));
  expect(history.run.turned).toEqual({ pot: 'cancel' });
});

test('what people did by hand, they did since Ferry was at it itself, however often they said so', () => {
  const key = 'pot/open-door';
  const history = liveAsked().approve('r1', 'bob').add({ type: 'begun', step: key }).later(1_000);
  const halted = history.now;
  const halt = { type: 'halted', step: key, code: 'c', sentence: 's', evidence: [] } as const;
  const byHand = { type: 'done-by-hand', step: key, person: 'bob', because: 'x' } as const;
  history.add(halt).later(1_000).add(byHand);
  expect(history.step(key).byHand?.since).toBe(halted);
  history.later(1_000).add(halt).later(1_000).add(byHand);
  expect(history.step(key).byHand?.since).toBe(halted);
});
