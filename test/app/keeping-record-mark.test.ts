import { expect, it } from 'vitest';
import { readMark } from '#core/record-heads.ts';
import type { Run } from '#core/run.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { begun, proposed } from '#test/builders/toy-history.ts';
import { RecordMark } from '../../src/app/record-mark.ts';

const minute = 60_000;

/** Keeps a mark for so long, while a run goes on at each look. @param away whether the chat takes nothing. */
async function kept(ms: number, run: (now: number) => Run, { away = false, whole = true } = {}) {
  let now = 0;
  let text: string | undefined;
  const written: number[] = [];
  const warned: unknown[] = [];
  const ending = new AbortController();
  let appended = (_: string) => {};
  const head = () => ({ seq: 1 + now, hash: 'a'.repeat(64), at: now, synced: 1 + now });
  const mark = new RecordMark({
    store: 'one',
    key: testKey,
    mirror: { runs: async () => ['toys-1'], head: async () => head() } as never,
    isWhole: async () => whole,
    onAppend: listener => {
      appended = listener;
      return () => undefined;
    },
    clock: {
      now: () => now,
      sleep: async wait => {
        now += wait;
        appended('toys-1');
        if (now >= ms) ending.abort();
      },
    },
    log: { warn: (...what) => void warned.push(what), error: () => undefined },
  });
  const chat = {
    record: async () => text,
    setRecord: async (heads: string) => {
      written.push(now);
      if (away) throw new Error('away');
      text = heads;
    },
  };
  await mark.keep(chat, async () => run(now), ending.signal);
  return { written, warned, seq: readMark(testKey, 'one', text)?.get('toys-1')?.seq };
}

it('is written every half minute at most while a run goes on', async () => {
  const { written, seq } = await kept(10 * minute, () => proposed().run);
  expect(written.length).toBeGreaterThan(15);
  expect(written.length).toBeLessThanOrEqual(21);
  expect(seq).toBeGreaterThan(9 * minute);
});

it('is written at once when an outage begins', async () => {
  const [before, after] = [proposed().run, begun().run];
  const { written } = await kept(2 * minute, now => (now < 75_000 ? before : after));
  expect(written).toContain(75_000);
});

it('a chat that takes nothing is asked every half minute, warned of once, and ends nothing', async () => {
  const { written, warned } = await kept(10 * minute, () => proposed().run, { away: true });
  expect(written.length).toBeLessThanOrEqual(21);
  expect(warned).toHaveLength(1);
});

it('says nothing of a record that is known to be lost', async () => {
  const { written } = await kept(2 * minute, () => proposed().run, { whole: false });
  expect(written).toEqual([]);
});
