import { expect, test } from 'vitest';
import type { Redraw } from '#core/altered-estate.ts';
import { judgeRequest, type Reading } from '#core/approval.ts';
import { decide, mayStart } from '#core/decide.ts';
import { mayBegin } from '#core/readiness.ts';
import type { History } from '../builders/history.ts';
import { begun, liveAsked, outageAsked, started } from '../builders/toy-history.ts';

const draft = { settings: { to: 'else' }, nodes: [], gone: [] };
const redraw: Redraw = run => (run.settings.to === 'else' ? undefined : { altered: ['to: nothing → else'], draft });

/** The estate's file says something else from now on. */
function altered(history: History, by: Redraw = redraw): History {
  history.policy = { ...history.policy, redraw: by };
  return history;
}

const voters = (history: History) => ({
  ...history.policy,
  self: '@ferry:sim',
  personOf: (account: string) => account.slice(1, -4),
  approve: '✅',
  reject: '❌',
});

function reading(account: string, emoji: string): Reading {
  return {
    gone: false,
    reactions: [{ event: '$1', account, emoji }],
    members: { [account]: { membership: 'join', guest: false, deactivated: false } },
  };
}

const judged = (history: History, emoji: string) => {
  const [request] = history.run.requests;
  if (request === undefined) throw new Error('nothing was asked');
  return judgeRequest(history.run, request, reading('@bob:sim', emoji), voters(history), history.now);
};

test('an approval of what the estate doesn’t say any more isn’t recorded; a reject is', () => {
  expect(judged(liveAsked(), '✅')).toMatchObject([{ type: 'approved' }]);
  expect(judged(altered(liveAsked()), '✅')).toEqual([]);
  expect(judged(altered(liveAsked()), '❌')).toMatchObject([{ type: 'rejected' }]);
});

test('no gate is open, nothing begins, and the run is to be drawn anew', () => {
  const history = started();
  expect(mayBegin(history.run, history.policy, history.now)).toBe(true);
  altered(history);
  expect(history.gate('outage')).toEqual({ open: false, why: 'void' });
  expect(mayBegin(history.run, history.policy, history.now)).toBe(false);
  expect(history.decide()).toMatchObject({ redraw: true, start: [], append: [], plan: [] });
});

test('a step that was decided on doesn’t begin when the estate is altered before it does', () => {
  const history = liveAsked().approve('r1', 'bob');
  expect(history.decide().start).toEqual(['pot/open-door']);
  expect(mayStart(history.run, 'pot/open-door', history.policy, history.now)).toBe(true);
  altered(history);
  expect(mayStart(history.run, 'pot/open-door', history.policy, history.now)).toBe(false);
});

test('a step without a gate doesn’t begin either', () => {
  const history = liveAsked();
  history.run.steps['pot/make-new']!.status = 'waiting';
  expect(mayStart(history.run, 'pot/make-new', history.policy, history.now)).toBe(true);
  expect(mayStart(history.run, 'pot/make-new', altered(history).policy, history.now)).toBe(false);
});

test('once its outage has begun a run keeps what it has, and that is said once for each alteration', () => {
  const history = altered(begun());
  expect(history.gate('outage')).toMatchObject({ open: true });
  const [said] = history.decide().append;
  expect(said).toEqual({ type: 'estate-kept', altered: ['to: nothing → else'], stands: null });
  history.add(said!);
  expect(history.decide().append.filter(one => one.type === 'estate-kept')).toEqual([]);
  altered(history, () => undefined);
  expect(history.decide().append).toContainEqual({ type: 'estate-kept', altered: [], stands: null });
});

test('a run that turns back keeps what it has', () => {
  const history = outageAsked();
  history.add({ type: 'turning-back', how: 'cancel', person: 'alice', because: null, targets: ['pot'] });
  expect(altered(history).decide()).toMatchObject({ redraw: false, turnBack: true });
});

test('nothing is offered that the next look would void', () => {
  const history = altered(outageAsked());
  expect(decide(history.run, history.policy, history.now).waiting).toEqual([]);
  altered(history, () => ({ altered: ['pot: there → nothing'], draft: { impossible: 'put it back' } }));
  expect(history.decide().waiting).toEqual([{ for: 'estate', why: 'put it back' }]);
});
