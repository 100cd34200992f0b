import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { hashOf } from '#core/hash.ts';
import { note, proposal } from '#test/builders/journal-entries.ts';
import { type JournalHarness, type JournalProcess, journalBench } from './journal-bench.ts';

/** What every store of the journal keeps to: appending, reading, proposing. */
export function journalContract(open: () => Promise<JournalHarness>): void {
  const bench = journalBench(open);

  describe('append', () => {
    it('gives back what read gives and the mirror holds, chained by hash and in order of time', async () => {
      const run = await bench.propose();
      await bench.added(bench.one, run, note('a'), note('b'));
      const appended = await bench.added(bench.other, run, note('c'));
      const entries = await bench.one.journal.read(run);
      expect(entries.map(entry => entry.seq)).toEqual([1, 2, 3, 4]);
      expect(entries.at(-1)).toEqual(appended[0]);
      entries.forEach((entry, i) => {
        expect(entry.prev).toBe(i === 0 ? '' : hashOf(entries[i - 1]));
        expect(entry.at).toBeGreaterThanOrEqual(entries[i - 1]?.at ?? 0);
      });
      expect(bench.harness.mirrored(run)).toEqual(entries);
      expect(await bench.other.journal.read(run, 2)).toEqual(entries.slice(2));
    });

    it('is a conflict when another came first, and adds nothing', async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      await bench.added(bench.other, run, note('first'));
      expect(await bench.one.journal.append(run, head, [note('second')])).toEqual({ ok: false, why: 'conflict' });
      expect(await bench.one.journal.read(run)).toHaveLength(2);
    });

    it('is a conflict for all but one of many at once', async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? bench.one : bench.other).journal.append(run, head, [note('same words')]),
        ),
      );
      expect(all.filter(appended => appended.ok)).toHaveLength(1);
      expect(bench.harness.mirrored(run)).toHaveLength(2);
    });

    it('finds its own entries after a lost reply', async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      bench.one.loseNextReply();
      const appended = await bench.one.journal.append(run, head, [note('once')]);
      expect(appended.ok && appended.entries).toEqual(await bench.other.journal.read(run, 1));
      expect(await bench.one.journal.read(run)).toHaveLength(2);
    });

    it("doesn't take another's entry with the same words for its own", async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      await bench.added(bench.other, run, note('same words'));
      bench.one.loseNextReply();
      expect(await bench.one.journal.append(run, head, [note('same words')])).toEqual({ ok: false, why: 'conflict' });
    });

    it('is stamped with store time though its process has not heard of it for long', async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      const before = bench.one.clock.now();
      await bench.harness.advance(86_400_000);
      const appended = await bench.one.journal.append(run, head, [note('a day on')]);
      expect(appended.ok && appended.entries[0]!.at).toBeGreaterThanOrEqual(before + 86_400_000 - 250);
    });

    it('is stamped with store time, however far that moved', async () => {
      const run = await bench.propose();
      await bench.harness.advance(3 * 86_400_000);
      const [later] = await bench.added(bench.one, run, note('three days on'));
      const [first] = await bench.one.journal.read(run);
      // A stamp is ahead of the store by at most the allowance.
      expect(later!.at - first!.at).toBeGreaterThanOrEqual(3 * 86_400_000 - 250);
      await bench.harness.advance(-3 * 86_400_000);
      const [back] = await bench.added(bench.other, run, note('the clock went back'));
      expect(back!.at).toBe(later!.at);
    });

    it('loses nothing that was acknowledged when the store is killed at once', async () => {
      const run = await bench.propose();
      for (let i = 0; i < 5; i += 1) {
        await bench.added(bench.one, run, note(`${i}`));
        await bench.harness.killStore();
      }
      expect(await bench.other.journal.read(run)).toHaveLength(6);
    });

    it('is in the mirror whenever it returns, with all that came before', async () => {
      const run = await bench.propose();
      const write = async (process: JournalProcess) => {
        for (let i = 0; i < 25; i += 1) {
          const head = await bench.headOf(process, run);
          const appended = await process.journal.append(run, head, [note(`${i}`)]);
          if (appended.ok) expect(bench.harness.mirrored(run).length).toBeGreaterThanOrEqual(head.seq + 1);
        }
      };
      await Promise.all([write(bench.one), write(bench.other), write(await bench.harness.process())]);
      expect(bench.harness.mirrored(run)).toEqual(await bench.one.journal.read(run));
    });

    it('what is read is in the mirror, even if its writer died before', async () => {
      const run = await bench.propose();
      const blind = await bench.harness.processWithoutDisk();
      await blind.journal.append(run, await bench.headOf(bench.one, run), [note('never acknowledged')]).catch(() => {});
      expect(await bench.other.journal.read(run, 1)).toHaveLength(1);
      expect(bench.harness.mirrored(run)).toHaveLength(2);
    });

    it('fails when the mirror cannot be written', async () => {
      const run = await bench.propose();
      const head = await bench.headOf(bench.one, run);
      const blind = await bench.harness.processWithoutDisk();
      await expect(blind.journal.append(run, head, [note('x')])).rejects.toMatchObject({ code: 'mirror-failed' });
    });

    it('calls back every process', async () => {
      const run = await bench.propose();
      const heard: string[] = [];
      const stop = bench.other.journal.onAppend(id => heard.push(id));
      await vi.waitFor(async () => {
        await bench.added(bench.one, run, note('heard?'));
        expect(heard).toContain(run);
      }, 15_000);
      stop();
      const before = heard.length;
      await bench.added(bench.one, run, note('not heard'));
      expect(heard).toHaveLength(before);
    });

    it('chains whatever JSON its entries hold', async () => {
      const run = await bench.propose();
      const texts = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), { maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(texts, fc.jsonValue(), async (batches, value) => {
          for (const batch of batches) await bench.added(bench.one, run, ...batch.map(note));
          await bench.added(bench.other, run, { type: 'facts', target: 't', facts: { value } as never, remarks: [] });
          const entries = await bench.one.journal.read(run);
          entries.forEach((entry, i) => {
            expect(entry.prev).toBe(i === 0 ? '' : hashOf(entries[i - 1]));
          });
          expect(bench.harness.mirrored(run)).toEqual(entries);
        }),
        { numRuns: 25 },
      );
    });
  });

  describe('propose', () => {
    it('numbers runs per environment in order of making', async () => {
      const [dev, prod] = [bench.environment(), bench.environment()];
      const runs: string[] = [];
      for (const [environment, target] of [
        [dev, 'a'],
        [prod, 'b'],
        [dev, 'c'],
      ] as const) {
        runs.push(await bench.propose([target], environment));
      }
      expect(runs).toEqual([`${dev}-1`, `${prod}-1`, `${dev}-2`]);
      expect(await bench.other.journal.runs()).toEqual(runs);
    });

    it('is in the mirror when it returns: nobody is answered before', async () => {
      const run = await bench.propose();
      expect(bench.harness.mirrored(run)).toMatchObject([{ type: 'proposed', id: run, seq: 1 }]);
    });

    it('makes one run of a cause, however many ask at once', async () => {
      const environment = bench.environment();
      const same = proposal(environment, ['a'], bench.cause());
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, i) => (i % 2 ? bench.one : bench.other).journal.propose(same)),
      );
      expect(new Set(all.map(made => 'run' in made && made.run))).toEqual(new Set([`${environment}-1`]));
      expect(all.filter(made => 'made' in made && made.made)).toHaveLength(1);
      expect(bench.harness.mirrored(`${environment}-1`)).toHaveLength(1);
    });

    it('knows its own run after a lost reply', async () => {
      const environment = bench.environment();
      bench.one.loseNextReply();
      await bench.one.journal.locks();
      const asked = proposal(environment, ['a'], bench.cause());
      let calls = 0;
      const entries = (id: string) => {
        calls += 1;
        // Called when the number is known: what the script answers next is lost.
        bench.one.loseNextReply();
        return asked.entries(id);
      };
      expect(await bench.one.journal.propose({ ...asked, entries })).toEqual({ run: `${environment}-1`, made: true });
      expect(calls).toBe(1);
    });

    it('locks its targets: of many at once one is made, the others learn which', async () => {
      const environment = bench.environment();
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          (i % 2 ? bench.one : bench.other).journal.propose(
            proposal(environment, ['shared', `own-${i}`], bench.cause()),
          ),
        ),
      );
      expect(all.filter(made => 'run' in made)).toHaveLength(1);
      expect(all.filter(made => 'lockedBy' in made)).toEqual(
        Array.from({ length: 11 }, () => ({ lockedBy: `${environment}-1`, target: 'shared' })),
      );
      const locks = await bench.one.journal.locks();
      expect(Object.values(locks)).toEqual([`${environment}-1`, `${environment}-1`]);
      await bench.one.journal.unlock(`${environment}-1`);
      expect(await bench.other.journal.locks()).toEqual({});
      expect(await bench.propose(['shared'], environment)).toBe(`${environment}-2`);
    });

    it('gives many at once numbers without a gap', async () => {
      const environment = bench.environment();
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          (i % 2 ? bench.one : bench.other).journal.propose(proposal(environment, [`t${i}`], bench.cause())),
        ),
      );
      const runs = all.map(made => ('run' in made ? made.run : 'locked'));
      const made = Array.from({ length: 10 }, (_, i) => `${environment}-${i + 1}`);
      expect(runs.sort()).toEqual([...made].sort());
      expect(await bench.other.journal.runs()).toEqual(made);
      const times = made.map(run => bench.harness.mirrored(run)[0]!.at);
      expect(new Set(times).size).toBe(10);
    });
  });
}
