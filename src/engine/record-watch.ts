import { fold } from '#core/fold.ts';
import type { Run } from '#core/run.ts';
import type { JournalRecord } from '#ports/journal.ts';

/** The store isn't the one that was written to: what it says of runs is not what happened. */
export interface LostRecord {
  /** What is lacking or different, one sentence for each run. */
  readonly problems: readonly string[];
  /** The mirror is older than it was, too: it can't bring the store back. */
  readonly older: boolean;
  /** Runs that haven't ended, by the mirror: newest first. */
  readonly open: readonly Run[];
  /** When the mirror was last written to, ms. */
  readonly lastAt: number;
}

/** Sees whether the store still holds what was acknowledged; where it doesn't, the mirror's word is given instead. */
export class RecordWatch {
  readonly #record: JournalRecord;
  #whole = true;
  #known: { readonly key: string; readonly lost: LostRecord } | undefined;

  constructor(record: JournalRecord) {
    this.#record = record;
  }

  /**
   * Asks the store, each time: after a loss nothing that it says may be believed, not even once.
   *
   * @returns undefined when all is there. @throws what the store throws when it is away.
   */
  async look(): Promise<LostRecord | undefined> {
    const found = await this.#record.checkStore();
    const { problems } = found;
    this.#whole = problems.length === 0;
    if (this.#whole) {
      this.#known = undefined;
      return undefined;
    }
    const key = problems.join('\n');
    if (this.#known?.key !== key) this.#known = { key, lost: { ...found, ...(await this.#mirrored()) } };
    return this.#known.lost;
  }

  /** As the last look saw it. */
  get isWhole(): boolean {
    return this.#whole;
  }

  /** Runs that somebody wrote into the store who hasn't the journal's key: there are none for anybody else. */
  strangers(): Promise<readonly string[]> {
    return this.#record.strangers();
  }

  async #mirrored(): Promise<Pick<LostRecord, 'open' | 'lastAt'>> {
    // A mirror that can't be read either is said by the problems.
    const runs = (await this.#record.mirrored().catch(() => [])).map(fold);
    const open = runs.filter(run => run.ended === undefined).sort((a, b) => b.proposedAt - a.proposedAt);
    return { open, lastAt: Math.max(0, ...runs.map(run => run.lastAt)) };
  }
}
