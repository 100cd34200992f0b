import { expect, test } from 'vitest';
import type { PlannedChange } from '#core/change.ts';
import { mayStart } from '#core/decide.ts';
import type { NewEntry } from '#core/entries.ts';
import type { Node } from '#core/graph.ts';
import { History, minute, people } from '../builders/history.ts';
import { ask, begun, facts, liveAsked, outageAsked, proposed, started, toys } from '../builders/toy-history.ts';
import { toyProposal } from '../toy-procedure.ts';

const halt = (step: string): NewEntry => ({ type: 'halted', step, code: 'c', sentence: 's', evidence: [] });

/** A change of a plan that another effect needs. */
function other(change: PlannedChange | undefined): PlannedChange[] {
  return change === undefined ? [] : [{ ...change, args: { ...change.args, more: 1 } }];
}

test('a run that was proposed starts what nothing comes before, for all its targets', () => {
  expect(proposed(['pot', 'pan']).decide().start).toEqual(['pot/check-readiness', 'pan/check-readiness']);
});

test('a step that runs stays among what is to be run: a crash may have left it', () => {
  const history = proposed().add({ type: 'begun', step: 'pot/check-readiness' });
  expect(history.decide().start).toEqual(['pot/check-readiness']);
});

test('a gated step in prepare is planned when what is before it is done, and asked for at once', () => {
  const history = proposed().finish('pot/check-readiness').finish('pot/make-new', { id: 'm-1' });
  expect(history.decide()).toMatchObject({ plan: ['pot/open-door'], append: [] });
  history.plan(toys);
  const asked = history.decide().append;
  expect(asked).toMatchObject([
    { type: 'requested', request: 'r1', gates: [{ gate: 'live' }], askers: ['alice'], because: [] },
  ]);
  history.add(...asked);
  expect(history.decide()).toMatchObject({
    start: [],
    append: [],
    waiting: [{ for: 'approval', request: 'r1', gates: ['live'] }],
    wakeAt: history.now + people.people.remind,
  });
});

test('what waits for the same gate is planned before the gate is asked for', () => {
  const [one] = toys.nodes(['pot']).filter(node => node.step === 'open-door');
  const node = (step: string, after: string[], gate: Node['gate']): Node => ({
    ...one!,
    key: `pot/${step}`,
    step,
    gate,
    after,
  });
  const graph = {
    'pot/a': node('a', [], 'live'),
    'pot/b': node('b', ['pot/a'], undefined),
    'pot/c': node('c', ['pot/b'], 'live'),
  };
  expect(new History(toyProposal(toys, { graph })).decide().plan).toEqual(['pot/a', 'pot/c']);
});

test('everything from the outage on is planned at once, when all of prepare is done', () => {
  const history = liveAsked(['pot', 'pan']).approve('r1', 'bob').finish('pot/open-door');
  expect(history.decide().plan).toEqual([]);
  history.finish('pan/open-door');
  const { plan } = history.decide();
  expect(plan).toHaveLength(16);
  expect(plan).toContain('pot/shut-door');
});

test('gates of the same approvers are asked for in one message, DATABASE in its own', () => {
  const history = outageAsked();
  expect(history.run.requests.slice(1).map(one => one.gates.map(gate => gate.gate))).toEqual([
    ['outage', 'storage', 'address'],
    ['database'],
  ]);
});

test('nothing of the outage is asked for while a plan is missing', () => {
  const history = liveAsked().approve('r1', 'bob').finish('pot/open-door').add(halt('pot/brew'));
  history.plan(toys);
  expect(history.step('pot/brew').plan).toBeUndefined();
  expect(history.decide()).toMatchObject({ append: [], plan: [], waiting: [{ for: 'halt', step: 'pot/brew' }] });
});

test('a run whose gates are all open waits for somebody to say start', () => {
  const history = outageAsked().approve('r2', 'bob');
  expect(history.decide().waiting).toMatchObject([{ for: 'approval', request: 'r3' }]);
  history.approve('r3', 'carol');
  expect(history.decide()).toMatchObject({ start: [], append: [], waiting: [{ for: 'start' }] });
});

test('an outage begins when all its gates are open and somebody said start, and not before', () => {
  const early = outageAsked().approve('r2', 'bob').add({ type: 'started', person: 'alice' });
  expect(early.decide().append).toEqual([]);
  early.approve('r3', 'bob');
  expect(early.decide().append).toEqual([{ type: 'outage-begun' }]);
  expect(early.decide().start).toEqual([]);
  early.add({ type: 'outage-begun' });
  expect(early.decide().start).toEqual(['run/announce-outage']);
});

test('facts that are too old are read before the outage begins', () => {
  const history = started(['pot', 'pan']).later(people.freshFacts + 1);
  expect(history.decide()).toMatchObject({ read: ['pot', 'pan'], append: [] });
  facts(history, 'pot');
  expect(history.decide().read).toEqual(['pan']);
  facts(history, 'pan');
  expect(history.decide()).toMatchObject({ read: [], append: [{ type: 'outage-begun' }] });
});

test('an outage does not begin while something has halted or the run is paused', () => {
  expect(started().add(halt('pot/brew')).decide().append).toEqual([]);
  expect(started().add({ type: 'paused', person: 'dan' }).decide()).toMatchObject({
    append: [],
    start: [],
    waiting: [{ for: 'resume', person: 'dan' }],
  });
});

test('a plan that drifted is asked for again with its reason, and its start is said again', () => {
  const history = started();
  history.add(
    { type: 'planned', step: 'pot/brew', changes: other(history.step('pot/brew').plan?.[0]) },
    { type: 'voided', request: 'r2', why: 'drift', difference: ['x'] },
  );
  const { append } = history.decide();
  expect(append).toMatchObject([
    { type: 'requested', request: 'r4', because: expect.arrayContaining(['the plan of ADDRESS changed']) },
    { type: 'requested', request: 'r5', because: ['the plan of DATABASE changed'] },
  ]);
  history
    .add(...append)
    .approve('r4', 'bob')
    .approve('r5', 'carol');
  expect(history.decide().waiting).toEqual([{ for: 'start' }]);
});

test.each([
  ['rejected', { type: 'rejected', request: 'r2', person: 'carol', account: '@c' }],
  ['expired', { type: 'expired', request: 'r2' }],
  ['void', { type: 'voided', request: 'r2', why: 'deleted', difference: [] }],
  ['void', { type: 'voided', request: 'r2', why: 'restored', difference: [] }],
] as const)('after a request is %s only a person asks again', (why, entry) => {
  const history = outageAsked().add(entry);
  expect(history.decide()).toMatchObject({
    append: [],
    waiting: [
      { for: 'ask', why, gates: ['outage', 'storage', 'address'] },
      { for: 'approval', request: 'r3' },
    ],
  });
});

test('a withdrawal in the outage leaves the run waiting for an approval, and says so', () => {
  const history = begun().finish('run/announce-outage');
  history.add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
  expect(history.decide()).toMatchObject({
    start: [],
    waiting: [{ for: 'approval', request: 'r2', gates: ['outage', 'storage', 'address'] }],
  });
});

test('an approver who is gone in the outage leaves the run waiting for somebody to ask again', () => {
  const history = begun().finish('run/announce-outage');
  history.policy = { ...people, approvers: ['alice', 'carol'] };
  expect(history.decide().waiting).toContainEqual({
    for: 'ask',
    gates: ['outage', 'storage', 'address', 'database'],
    why: 'approver-gone',
  });
});

test('what has its predecessors and its gate starts, side by side', () => {
  const history = begun(['pot', 'pan']).finish('run/announce-outage');
  expect(history.decide().start).toEqual(['pot/stop-services', 'pan/stop-services']);
  history.finish('pot/stop-services');
  expect(history.decide().start).toEqual(['pot/write-line', 'pot/move-parts', 'pan/stop-services']);
});

test('a halt stops its target and what depends on it, the other target goes on', () => {
  const history = begun(['pot', 'pan']).finish('run/announce-outage').finish('pot/stop-services');
  history.add({ type: 'begun', step: 'pot/write-line' }, halt('pot/write-line'));
  expect(history.decide()).toMatchObject({
    start: ['pan/stop-services'],
    waiting: [{ for: 'halt', step: 'pot/write-line' }],
  });
});

test('a request reminds once, calls on-call once, and expires', () => {
  const history = liveAsked();
  const next = () => {
    const { append } = history.decide();
    history.add(...append);
    return append.map(entry => (entry.type === 'reminded' ? `${entry.about} ${entry.nth}` : entry.type));
  };
  expect(next()).toEqual([]);
  history.later(people.people.remind - 1);
  expect(next()).toEqual([]);
  history.later(1);
  expect(next()).toEqual(['r1 1']);
  expect(next()).toEqual([]);
  expect(history.decide().wakeAt).toBe(history.now + 15 * minute);
  history.later(15 * minute);
  expect(next()).toEqual(['r1 2']);
  expect(history.decide().wakeAt).toBe(history.run.requests[0]?.expiresAt);
  history.later(people.people.expire);
  expect(next()).toEqual(['expired']);
  expect(next()).toEqual([]);
  expect(history.decide()).toMatchObject({ wakeAt: undefined, waiting: [{ for: 'ask', why: 'expired' }] });
});

test('an approved request expires too when nobody starts', () => {
  const history = started().later(people.people.expire);
  expect(history.decide().append.map(entry => entry.type)).toEqual(['expired', 'expired']);
});

test('a halt reminds its driver, then calls on-call; a second halt of the step begins anew', () => {
  const history = begun().add({ type: 'begun', step: 'run/announce-outage' }, halt('run/announce-outage'));
  history.later(people.people.haltPage);
  const twice = () => history.add(...history.decide().append).entries.filter(entry => entry.type === 'reminded');
  twice();
  expect(twice().map(entry => `${entry.about} ${entry.nth}`)).toEqual([
    'run/announce-outage#1 1',
    'run/announce-outage#1 2',
  ]);
  history.add({ type: 'retried', step: 'run/announce-outage', person: 'bob' }, halt('run/announce-outage'));
  history.later(people.people.haltRemind);
  expect(history.decide().append).toMatchObject([{ type: 'reminded', about: 'run/announce-outage#2', nth: 1 }]);
});

test('a target turns back when its running steps have ended, and the others go on', () => {
  const history = begun(['pot', 'pan']).finish('run/announce-outage');
  history.add({ type: 'begun', step: 'pot/stop-services' });
  history.add({ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] });
  expect(history.decide()).toMatchObject({ turnBack: false, start: ['pot/stop-services', 'pan/stop-services'] });
  history.add({ type: 'finished', step: 'pot/stop-services', outputs: {}, note: null });
  expect(history.decide()).toMatchObject({ turnBack: true, start: [] });
});

test('a retirement’s irreversible step begins when approved, with fresh facts', () => {
  const [node] = toys.nodes(['pot']).filter(one => one.step === 'ring-bell');
  const graph = { 'pot/ring-bell': { ...node!, phase: 'retire' as const, gate: 'retire' as const, after: [] } };
  const history = new History({ ...toyProposal(toys, { graph }), what: 'retirement' });
  facts(history, 'pot');
  ask(history)
    .approve('r1', 'bob')
    .later(people.freshFacts + 1);
  expect(history.decide()).toMatchObject({ read: ['pot'], start: [] });
  const mayStartNow = () => mayStart(history.run, 'pot/ring-bell', history.policy, history.now);
  expect(mayStartNow(), 'judged once more when it begins').toBe(false);
  facts(history, 'pot');
  expect(history.decide()).toMatchObject({ read: [], start: ['pot/ring-bell'] });
  expect(mayStartNow()).toBe(true);
});

test('a gate of which everything was done by hand is asked of nobody', () => {
  const history = liveAsked();
  history.add({ type: 'done-by-hand', step: 'pot/open-door', person: 'bob', because: 'opened it' });
  history.add({ type: 'finished', step: 'pot/open-door', outputs: {}, note: null });
  expect(history.run.requests[0]).toMatchObject({ status: 'void', why: 'done-by-hand' });
  expect(history.decide().append).toEqual([]);
  expect(history.decide().plan).toHaveLength(9);
});

test('a run ends when all its steps are over, by what became of its targets', () => {
  const steps = Object.keys(proposed(['pot', 'pan']).run.steps);
  const ended = (...turned: (readonly [string, 'rollback' | 'cancel'])[]) => {
    const history = begun(['pot', 'pan']);
    for (const [target, how] of turned) {
      history.add({ type: 'turning-back', how, person: 'carol', because: null, targets: [target] });
      const dropped = steps.filter(key => key.startsWith(`${target}/`));
      history.add({ type: 'turned-back', targets: [target], dropped, nodes: [], plans: {}, shown: true });
    }
    for (const key of steps) {
      const { status } = history.step(key);
      if (status !== 'dropped' && status !== 'done') history.finish(key);
    }
    return history.decide().append;
  };
  expect(ended()).toEqual([{ type: 'ended', outcome: 'done' }]);
  expect(ended(['pot', 'rollback'])).toEqual([{ type: 'ended', outcome: 'done' }]);
  expect(ended(['pot', 'rollback'], ['pan', 'cancel'])).toEqual([{ type: 'ended', outcome: 'rolled-back' }]);
  expect(ended(['pot', 'cancel'], ['pan', 'cancel'])).toEqual([{ type: 'ended', outcome: 'cancelled' }]);
});

test('nothing follows the end', () => {
  const history = proposed().add({ type: 'ended', outcome: 'cancelled' }).later(people.people.expire);
  expect(history.decide()).toEqual({
    start: [],
    plan: [],
    read: [],
    warm: [],
    turnBack: false,
    redraw: false,
    append: [],
    wakeAt: undefined,
    waiting: [],
  });
});
