import { expect, it } from 'vitest';
import { fold } from '#core/fold.ts';
import { preview } from '#core/preview.ts';
import { proposed } from '#test/builders/toy-history.ts';

it('a run is shown as entries would leave it, and stays as it is itself', () => {
  const { run, entries, now } = proposed();
  const then = preview(
    run,
    [
      { type: 'paused', person: 'bob' },
      { type: 'noted', person: 'bob', text: 'wait' },
    ],
    now,
  );
  expect(then).toMatchObject({ paused: { person: 'bob' }, head: { seq: run.head.seq + 2 } });
  expect(run).toEqual(fold(entries));
});

it('nothing in it happens before what has happened, whatever the clock of whoever asks says', () => {
  const { run, now } = proposed();
  expect(preview(run, [{ type: 'paused', person: 'bob' }], now - 1000).lastAt).toBe(now);
});
