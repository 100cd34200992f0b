import { expect, test } from 'vitest';
import { entersOutage, isInOutage } from '#core/readiness.ts';
import { people } from '../builders/history.ts';
import { begun, started } from '../builders/toy-history.ts';

test('an outage that may begin waits for the end of another one, says so once, and reads nothing meanwhile', () => {
  const history = started().later(people.freshFacts + 1);
  history.policy = { ...people, otherOutage: 'toys-7' };
  expect(history.decide()).toMatchObject({ read: [], append: [{ type: 'outage-waits', other: 'toys-7' }] });
  history.add(...history.decide().append);
  expect(history.decide()).toMatchObject({ read: [], append: [], waiting: [{ for: 'outage', other: 'toys-7' }] });
  history.policy = { ...people, otherOutage: 'toys-8' };
  expect(history.decide().append).toEqual([{ type: 'outage-waits', other: 'toys-8' }]);
  history.policy = people;
  expect(history.decide()).toMatchObject({ read: ['pot'], append: [] });
  history.add({ type: 'facts-checked', target: 'pot', holds: true });
  expect(history.decide().append).toEqual([{ type: 'outage-begun' }]);
  expect(history.add({ type: 'outage-begun' }).run.outageWaits).toBeUndefined();
});

test('what waits for another outage waits for its approval first, when that is gone', () => {
  const history = started().add({ type: 'outage-waits', other: 'toys-7' });
  history.policy = { ...people, approvers: ['alice', 'carol'] };
  expect(history.decide().waiting).toMatchObject([{ for: 'ask', why: 'approver-gone' }]);
});

test('an outage begins with its entry, and anew with a way back once it was over', () => {
  const back = { type: 'turning-back', how: 'rollback', person: 'alice', because: null, targets: ['pot'] } as const;
  expect(entersOutage(started().run, [{ type: 'outage-begun' }])).toBe(true);
  expect(entersOutage(started().run, [{ ...back, how: 'cancel' }])).toBe(false);
  const history = begun();
  expect(entersOutage(history.run, [back])).toBe(false);
  for (const step of ['stop-services', 'write-line', 'move-parts', 'brew', 'ring-bell', 'check-service']) {
    history.finish(`pot/${step}`);
  }
  history.finish('run/announce-outage').finish('run/announce-over');
  expect(isInOutage(history.run)).toBe(false);
  expect(entersOutage(history.run, [back])).toBe(true);
});
