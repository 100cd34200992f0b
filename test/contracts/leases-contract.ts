import { describe, expect, it } from 'vitest';
import { note } from '#test/builders/journal-entries.ts';
import { type JournalHarness, journalBench } from './journal-bench.ts';

/** What every store of the journal keeps to: leases, parking, and what is due. Leases live 2,500 ms. */
export function leasesContract(open: () => Promise<JournalHarness>): void {
  const bench = journalBench(open);

  describe('leases', () => {
    it('one holds it, until it is let go or runs out', async () => {
      const run = await bench.propose();
      const lease = await bench.one.journal.take(run);
      expect(await bench.other.journal.take(run)).toBeUndefined();
      expect(await bench.one.journal.take(run)).toBeUndefined();
      const until = await bench.one.journal.renew(lease!);
      expect(until! - bench.one.clock.now()).toBeGreaterThan(2_300);
      await bench.harness.advance(2_600);
      expect(await bench.one.journal.renew(lease!)).toBeUndefined();
      const next = await bench.other.journal.take(run);
      expect(next!.number).toBeGreaterThan(lease!.number);
    });

    it('one of many takes it', async () => {
      const run = await bench.propose();
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? bench.one : bench.other).journal.take(run)),
      );
      expect(all.filter(lease => lease !== undefined)).toHaveLength(1);
    });

    it('is taken once though the reply was lost', async () => {
      const run = await bench.propose();
      bench.one.loseNextReply();
      const lease = await bench.one.journal.take(run);
      expect(lease?.run).toBe(run);
      expect(await bench.one.journal.renew(lease!)).toBeDefined();
    });

    it('an append under a lease that is lost adds nothing, whoever has it now', async () => {
      const run = await bench.propose();
      const lease = (await bench.one.journal.take(run))!;
      const head = await bench.headOf(bench.one, run);
      expect((await bench.one.journal.append(run, head, [note('held')], { lease })).ok).toBe(true);
      const now = await bench.headOf(bench.one, run);
      await bench.harness.advance(2_600);
      const late = await bench.one.journal.append(run, now, [note('late')], { lease });
      expect(late).toEqual({ ok: false, why: 'lease-lost' });
      const next = (await bench.other.journal.take(run))!;
      expect(await bench.one.journal.append(run, now, [note('late')], { lease })).toEqual({
        ok: false,
        why: 'lease-lost',
      });
      const forged = { ...next, number: lease.number };
      expect(await bench.one.journal.append(run, now, [note('x')], { lease: forged })).toMatchObject({
        why: 'lease-lost',
      });
      expect((await bench.other.journal.append(run, now, [note('mine')], { lease: next })).ok).toBe(true);
    });

    it('numbers rise over all runs', async () => {
      const runs = [await bench.propose(['a']), await bench.propose(['b'])];
      const numbers: number[] = [];
      for (const run of [...runs, ...runs]) {
        const lease = (await bench.one.journal.take(run))!;
        numbers.push(lease.number);
        await bench.one.journal.park(lease, 1, undefined);
      }
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(new Set(numbers).size).toBe(4);
    });

    it('is not parked past an append that came late', async () => {
      const run = await bench.propose();
      const lease = (await bench.one.journal.take(run))!;
      const seen = await bench.headOf(bench.one, run);
      await bench.added(bench.other, run, note('late'));
      expect(await bench.one.journal.park(lease, seen.seq, undefined)).toBe(false);
      expect(await bench.one.journal.renew(lease)).toBeDefined();
      expect(await bench.one.journal.park(lease, seen.seq + 1, undefined)).toBe(true);
      expect(await bench.other.journal.take(run)).toBeDefined();
    });

    it('parking is as good as done where the lease is lost', async () => {
      const run = await bench.propose();
      const lease = (await bench.one.journal.take(run))!;
      await bench.harness.advance(2_600);
      const next = (await bench.other.journal.take(run))!;
      expect(await bench.one.journal.park(lease, 1, undefined)).toBe(true);
      expect(await bench.other.journal.renew(next)).toBeDefined();
    });

    it('what a killed process left out of the mirror is in it once the lease is taken', async () => {
      const run = await bench.propose();
      const blind = await bench.harness.processWithoutDisk();
      await blind.journal.append(run, await bench.headOf(bench.one, run), [note('never acknowledged')]).catch(() => {});
      expect(bench.harness.mirrored(run)).toHaveLength(1);
      const lease = await bench.other.journal.take(run);
      expect(lease).toBeDefined();
      expect(bench.harness.mirrored(run)).toHaveLength(2);
    });

    it("a name that isn't a run can be leased and let go", async () => {
      const lease = await bench.one.journal.take('matrix:@ferry:sim');
      expect(await bench.other.journal.take('matrix:@ferry:sim')).toBeUndefined();
      expect(await bench.one.journal.renew(lease!)).toBeDefined();
      await bench.one.journal.release(lease!);
      const next = await bench.other.journal.take('matrix:@ferry:sim');
      await bench.one.journal.release(lease!);
      expect(await bench.other.journal.renew(next!)).toBeDefined();
    });
  });

  describe('due', () => {
    it('is what was appended to, until its lease is held', async () => {
      const run = await bench.propose();
      expect(await bench.other.due()).toEqual([run]);
      const lease = (await bench.one.journal.take(run))!;
      await bench.added(bench.one, run, note('x'));
      expect(await bench.other.due()).toEqual([]);
      await bench.harness.advance(2_600);
      expect(await bench.other.due()).toEqual([run]);
      expect(lease).toBeDefined();
    });

    it('comes when parking said so, and never when it said never', async () => {
      const [soon, never] = [await bench.propose(['a']), await bench.propose(['b'])];
      for (const [run, wakeAt] of [
        [soon, bench.one.clock.now() + 60_000],
        [never, undefined],
      ] as const) {
        await bench.one.journal.park((await bench.one.journal.take(run))!, 1, wakeAt);
      }
      expect(await bench.other.due()).toEqual([]);
      await bench.harness.advance(62_000);
      expect(await bench.other.due()).toEqual([soon]);
    });

    it('comes when an append said so', async () => {
      const run = await bench.propose();
      await bench.one.journal.append(run, await bench.headOf(bench.one, run), [note('later')], {
        dueAt: bench.one.clock.now() + 60_000,
      });
      expect(await bench.other.due()).toEqual([]);
      await bench.harness.advance(62_000);
      expect(await bench.other.due()).toEqual([run]);
    });
  });
}
