import { describe, expect, it } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { note, outageStep, proposal, stopped } from '#test/builders/journal-entries.ts';
import { type JournalHarness, type JournalProcess, journalBench } from './journal-bench.ts';

const begins: NewEntry = { type: 'outage-begun' };
const rollback = (target: string): NewEntry => ({
  type: 'turning-back',
  how: 'rollback',
  person: 'alice',
  because: null,
  targets: [target],
});
const turnedBack = (target: string): NewEntry => ({
  type: 'turned-back',
  targets: [target],
  dropped: [`${target}/stop`],
  nodes: [],
  plans: {},
  shown: true,
});

/** What every store of the journal keeps to when outages begin: one at a time in an environment. */
export function outagesContract(open: () => Promise<JournalHarness>): void {
  const bench = journalBench(open);

  const propose = async (environment: string, target: string) => {
    const asked = proposal(environment, [target], bench.cause(), [outageStep(target)]);
    const made = await bench.one.journal.propose(asked);
    if (!('run' in made)) throw new Error('locked');
    return made.run;
  };
  const append = async (process: JournalProcess, run: string, ...entries: NewEntry[]) =>
    process.journal.append(run, await bench.headOf(process, run), entries);
  const begin = (process: JournalProcess, run: string) => append(process, run, begins);
  /** Two runs of one environment, targets `a` and `b`. */
  const two = async () => {
    const environment = bench.environment();
    return [await propose(environment, 'a'), await propose(environment, 'b')] as const;
  };
  const refused = (other: string) => ({ ok: false, why: 'other-outage', other });

  describe('an outage', () => {
    it('begins once, when two runs of an environment begin theirs at the same time', async () => {
      for (let i = 0; i < 15; i += 1) {
        const [first, second] = await two();
        // Both judged at the head that they will append at, before either appends.
        const heads = [await bench.headOf(bench.one, first), await bench.headOf(bench.other, second)] as const;
        const both = await Promise.all([
          bench.one.journal.append(first, heads[0], [begins]),
          bench.other.journal.append(second, heads[1], [begins]),
        ]);
        expect(both.filter(appended => appended.ok)).toHaveLength(1);
        const [winner, loser] = both[0].ok ? [first, second] : [second, first];
        expect(both.find(appended => !appended.ok)).toEqual(refused(winner));
        expect(await bench.one.journal.otherOutage(loser)).toBe(winner);
        expect(await bench.other.journal.otherOutage(winner)).toBeUndefined();
        expect(bench.harness.mirrored(loser)).toHaveLength(1);
        await bench.one.journal.unlock(first);
        await bench.one.journal.unlock(second);
      }
    });

    it('is refused with nothing added while another is on, and begins when that one is over', async () => {
      const [first, second] = await two();
      await begin(bench.one, first);
      expect(await append(bench.other, second, note('with it'), begins)).toEqual(refused(first));
      expect(await bench.other.journal.read(second)).toHaveLength(1);
      await bench.added(bench.one, first, stopped('a'));
      expect((await begin(bench.other, second)).ok).toBe(true);
    });

    it('of another environment keeps nobody, also one whose name begins alike', async () => {
      const environment = bench.environment();
      const first = await propose(environment, 'a');
      const alike = await propose(`${environment}-1`, 'b');
      const other = await propose(bench.environment(), 'c');
      for (const run of [first, alike, other]) expect((await begin(bench.one, run)).ok).toBe(true);
    });

    it('is over when it turned back, and when the run ended', async () => {
      const [first, second] = await two();
      await begin(bench.one, first);
      await bench.added(bench.one, first, rollback('a'));
      expect(await begin(bench.other, second)).toEqual(refused(first));
      await bench.added(bench.one, first, turnedBack('a'));
      await bench.added(bench.other, second, begins, { type: 'ended', outcome: 'done' });
      const third = await propose(second.slice(0, second.lastIndexOf('-')), 'c');
      expect((await begin(bench.one, third)).ok).toBe(true);
    });

    it('begins anew by a way back after it was over, but not beside another', async () => {
      const [first, second] = await two();
      await bench.added(bench.one, first, begins, stopped('a'));
      await begin(bench.other, second);
      expect(await append(bench.one, first, rollback('a'))).toEqual(refused(second));
      // Its own is on: the way back is never kept waiting.
      await bench.added(bench.other, second, rollback('b'));
      await bench.added(bench.other, second, turnedBack('b'));
      expect((await append(bench.one, first, rollback('a'))).ok).toBe(true);
      expect(await append(bench.other, second, rollback('b'))).toEqual(refused(first));
    });

    it('begins once though its reply was lost, and is no other outage to itself', async () => {
      const [first, second] = await two();
      const head = await bench.headOf(bench.one, first);
      bench.one.loseNextReply();
      expect((await bench.one.journal.append(first, head, [begins])).ok).toBe(true);
      expect(await bench.one.journal.read(first)).toHaveLength(2);
      expect(await begin(bench.other, second)).toEqual(refused(first));
    });

    it('begins beside runs that go on all the time, none of them in its outage', async () => {
      const [busy, run] = await two();
      let going = true;
      const writing = (async () => {
        while (going) await append(bench.other, busy, note('prepared a little'));
      })();
      try {
        expect((await begin(bench.one, run)).ok).toBe(true);
      } finally {
        going = false;
        await writing;
      }
    });

    it('is kept waiting by a run that holds what nobody here can read', async () => {
      const [first, second] = await two();
      await bench.added(bench.one, first, { type: 'of-a-later-version' } as never);
      expect(await begin(bench.other, second)).toEqual(refused(first));
    });

    it('is refused while the journal of another run of the environment was lost', async () => {
      const [first, second] = await two();
      const copy = await bench.harness.copyStore();
      await begin(bench.one, first);
      await bench.harness.storeComesBackWith(copy);
      const fresh = await bench.harness.process();
      await expect(begin(fresh, second)).rejects.toMatchObject({ code: 'store-shorter' });
      expect(bench.harness.mirrored(second)).toHaveLength(1);
    });
  });
}
