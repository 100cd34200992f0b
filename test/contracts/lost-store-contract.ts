import { describe, expect, it } from 'vitest';
import { note, proposal } from '#test/builders/journal-entries.ts';
import { type JournalHarness, journalBench } from './journal-bench.ts';

/** What every store of the journal keeps to when it lost something, and its clock. */
export function lostStoreContract(open: () => Promise<JournalHarness>): void {
  const bench = journalBench(open);

  describe('a store that lost something', () => {
    it('is refused at append, read and take when it was wiped', async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      await bench.harness.storeComesBackWith(undefined);
      for (const process of [bench.one, bench.other, await bench.harness.process()]) {
        const refused = { name: 'Halt', code: 'store-shorter' };
        await expect(process.journal.append(run, head, [note('x')])).rejects.toMatchObject(refused);
        await expect(process.journal.read(run)).rejects.toMatchObject(refused);
        await expect(process.journal.take(run)).rejects.toMatchObject(refused);
      }
    });

    it('gives no number a second time when it was wiped', async () => {
      const environment = bench.environment();
      await bench.propose(['a'], environment);
      await bench.harness.storeComesBackWith(undefined);
      const fresh = await bench.harness.process();
      await expect(fresh.journal.propose(proposal(environment, ['a'], bench.cause()))).rejects.toMatchObject({
        code: 'store-shorter',
      });
    });

    it('is refused when it came back older, by who knew and by who is new', async () => {
      const run = await bench.propose();
      await bench.added(bench.one, run, note('kept'));
      const copy = await bench.harness.copyStore();
      const old = await bench.headOf(bench.one, run);
      await bench.added(bench.one, run, note('lost'));
      await bench.harness.storeComesBackWith(copy);
      for (const process of [bench.one, bench.other, await bench.harness.process()]) {
        await expect(process.journal.append(run, old, [note('x')])).rejects.toMatchObject({ code: 'store-shorter' });
        await expect(process.journal.read(run)).rejects.toMatchObject({ code: 'store-shorter' });
      }
      expect(bench.harness.mirrored(run)).toHaveLength(3);
    });

    it('is refused when it holds another history', async () => {
      const run = await bench.propose();
      const old = await bench.headOf(bench.one, run);
      await bench.added(bench.one, run, note('one history'));
      await expect(
        bench.other.journal.append(run, { ...old, hash: 'f'.repeat(64) }, [note('x')]),
      ).rejects.toMatchObject({
        code: 'store-differs',
      });
    });
  });

  describe('the clock', () => {
    it('is never behind the store and never goes back', async () => {
      const run = await bench.propose();
      let last = 0;
      for (let i = 0; i < 50; i += 1) {
        if (i === 20) await bench.harness.advance(5_000);
        if (i === 30) await bench.harness.advance(-4_000);
        await bench.added(i % 2 ? bench.one : bench.other, run, note(`${i}`));
        // Only who heard of the store's jumps can know of them.
        await bench.headOf(bench.one, run);
        const store = await bench.harness.storeTime();
        const now = bench.one.clock.now();
        expect(now).toBeGreaterThanOrEqual(Math.max(last, store));
        last = now;
      }
    });
  });
}
