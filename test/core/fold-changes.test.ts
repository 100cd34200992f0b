import { expect, test } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { changeOf } from '#core/fold.ts';
import { proposed } from '../builders/toy-history.ts';

const put = { kind: 'put', version: 1, args: { thing: 'x', from: 'a', to: 'b' } } as const;

function intended(change: string, generation = 1): NewEntry {
  return {
    type: 'intended',
    change,
    generation,
    key: `k${generation}`,
    request: put,
    before: { was: generation },
    lease: 3,
    sendBy: 100,
  };
}

test('a change goes from none over intended to made', () => {
  const history = proposed();
  expect(changeOf(history.run, 'pot/brew/0')).toMatchObject({ outcome: 'none', generation: 1, intents: 0 });
  history.add(intended('pot/brew/0'));
  expect(changeOf(history.run, 'pot/brew/0')).toMatchObject({
    outcome: 'intended',
    key: 'k1',
    request: put,
    before: { was: 1 },
    lease: 3,
    sendBy: 100,
    intents: 1,
  });
  history.add({ type: 'made', change: 'pot/brew/0', output: { a: 1 } });
  expect(changeOf(history.run, 'pot/brew/0')).toMatchObject({ outcome: 'made', output: { a: 1 }, found: false });
});

test('what an undo needs is what was seen before the first intent', () => {
  const history = proposed().add(
    intended('pot/brew/0'),
    { type: 'failed', change: 'pot/brew/0', generation: 1, code: 'c', sentence: 's' },
    intended('pot/brew/0', 2),
  );
  expect(changeOf(history.run, 'pot/brew/0')).toMatchObject({ before: { was: 1 }, generation: 2, key: 'k2' });
});

test('a refusal is harmless, an unknown outcome is not, and a failure raises the generation', () => {
  const refused = {
    type: 'refused',
    change: 'pot/brew/0',
    code: 'throttled',
    sentence: 's',
    retry: true,
  } satisfies NewEntry;
  const history = proposed().add(intended('pot/brew/0'), refused);
  const change = changeOf(history.run, 'pot/brew/0');
  expect(change).toMatchObject({ outcome: 'refused', refusals: 1, harmless: 1, generation: 1 });
  history.add(intended('pot/brew/0'), { type: 'unknown', change: 'pot/brew/0', code: 'c', sentence: 's' });
  expect(change).toMatchObject({ outcome: 'unknown', unclear: 1, harmless: 1, intents: 2, generation: 1 });
  history.add({ type: 'failed', change: 'pot/brew/0', generation: 1, code: 'c', sentence: 's' });
  expect(change).toMatchObject({ outcome: 'failed', generation: 2 });
});

test('a retry forgives refusals and unclear outcomes, but never raises the generation', () => {
  const plan = [{ ...put, id: 'pot/brew/0', undo: { rule: 'r' }, says: 'brew' }];
  const history = proposed().add(
    { type: 'planned', step: 'pot/brew', changes: plan },
    { type: 'begun', step: 'pot/brew' },
    intended('pot/brew/0'),
    { type: 'unknown', change: 'pot/brew/0', code: 'c', sentence: 's' },
    { type: 'halted', step: 'pot/brew', code: 'unclear', sentence: 's', evidence: [] },
    { type: 'retried', step: 'pot/brew', person: 'bob' },
  );
  const change = changeOf(history.run, 'pot/brew/0');
  expect(change).toMatchObject({ outcome: 'unknown', unclear: 0, generation: 1, lookedAt: true });
  history.add(intended('pot/brew/0'));
  expect(change).toMatchObject({ lookedAt: false, generation: 1 });
});

test('what was found done is not the run’s own, unless the run had sent it or a person did it for the run', () => {
  const found = (change: string): NewEntry => ({ type: 'found', change, output: { a: 1 }, saw: 'there' });
  const history = proposed().add(
    found('pot/brew/0'),
    intended('pot/brew/1'),
    found('pot/brew/1'),
    { type: 'done-by-hand', step: 'pot/ring-bell', person: 'bob', because: 'rang it' },
    found('pot/ring-bell/0'),
  );
  expect(changeOf(history.run, 'pot/brew/0')).toMatchObject({ outcome: 'made', found: true });
  expect(changeOf(history.run, 'pot/brew/1')).toMatchObject({ outcome: 'made', found: false });
  expect(changeOf(history.run, 'pot/ring-bell/0')).toMatchObject({ outcome: 'made', found: false });
});

test('what is found done after a halt was done by a person for the run: the way back undoes it', () => {
  const plan = [{ ...put, id: 'pot/brew/0', undo: { rule: 'r' }, says: 'brew' }];
  const history = proposed().add(
    { type: 'planned', step: 'pot/brew', changes: plan },
    { type: 'begun', step: 'pot/brew' },
    { type: 'halted', step: 'pot/brew', code: 'waits-too-long', sentence: 's', evidence: [] },
    { type: 'retried', step: 'pot/brew', person: 'bob' },
    { type: 'found', change: 'pot/brew/0', output: {}, saw: 'already so' },
  );
  expect(changeOf(history.run, 'pot/brew/0')).toMatchObject({ outcome: 'made', found: false });
});
