import type { Entry, NewEntry } from '#core/entries.ts';
import { advance, fold } from '#core/fold.ts';
import { entersOutage, keepsOutage } from '#core/readiness.ts';
import type { Run } from '#core/run.ts';
import { numberOf, unsealed } from './mirrored.ts';
import type { Begins } from './store.ts';

export interface ReadsRuns {
  /** Entries with seq > after. @throws Halt when the store isn't the one that the mirror knows. */
  read(run: string, after: number): Promise<readonly Entry[]>;
  /** Which run holds each locked target, by the store. */
  locks(): Promise<Readonly<Record<string, string>>>;
  /** Ids of all runs that the store or the mirror names. */
  everyRun(): Promise<readonly string[]>;
}

/**
 * Judges by their journals which runs of an environment are in their outage, whatever the store says of locks. What was read
 * is kept, and read on from; what has ended isn't read again.
 */
export class OtherOutages {
  readonly #journal: ReadsRuns;
  readonly #known = new Map<string, Run>();
  readonly #ended = new Set<string>();

  constructor(journal: ReadsRuns) {
    this.#journal = journal;
  }

  /** Whether an append begins an outage of its run. */
  async begins(run: string, entries: readonly NewEntry[]): Promise<boolean> {
    if (!entries.some(entry => entry.type === 'outage-begun' || entry.type === 'turning-back')) return false;
    const known = await this.#caughtUp(run);
    return known !== undefined && entersOutage(known, entries);
  }

  /** Another run of the environment whose outage is on, or else the others and how far each was judged. */
  async judge(run: string): Promise<{ readonly other: string } | Begins> {
    const environment = run.slice(0, run.lastIndexOf('-'));
    const locked = new Set(Object.values(await this.#journal.locks()));
    const others = new Set([...locked, ...(await this.#journal.everyRun())]);
    others.delete(run);
    const judged: { run: string; seq: number }[] = [];
    for (const id of others) {
      if (numberOf(id, environment) === undefined || (this.#ended.has(id) && !locked.has(id))) continue;
      const other = await this.#caughtUp(id);
      if (other === undefined) continue;
      if (keepsOutage(other)) return { other: id };
      judged.push({ run: id, seq: other.head.seq });
      if (other.ended === undefined) continue;
      this.#ended.add(id);
      this.#known.delete(id);
    }
    return { environment, judged };
  }

  async #caughtUp(id: string): Promise<Run | undefined> {
    const known = this.#known.get(id);
    const entries = await this.#journal.read(id, known?.head.seq ?? 0);
    // Somebody may have read on from the same place meanwhile.
    const [first] = entries;
    if (known === undefined && first?.type === 'unsealed') throw unsealed(id, first.seq);
    const run = this.#known.get(id) ?? (entries.length === 0 ? undefined : fold(entries));
    if (run === undefined) return undefined;
    for (const entry of entries) if (entry.seq > run.head.seq) advance(run, entry);
    this.#known.set(id, run);
    return run;
  }
}
