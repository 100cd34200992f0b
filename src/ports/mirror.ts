import type { Entry } from '#core/entries.ts';
import type { Head } from './journal.ts';

/** How far the mirror of a run goes without a gap; seq 0 and hash '' when it holds nothing of it. */
export interface MirrorHead extends Head {
  /** `at` of that entry, ms; 0 when there is none. */
  readonly at: number;
  /** Up to which seq this process knows the entries to be on the disk, not only written. */
  readonly synced: number;
}

/**
 * The journal's copy outside the store. Several processes may write to it side by side: the same entry twice is one entry.
 *
 * Every method throws Halt: `mirror-differs` for two different entries of one seq, `mirror-broken` where the chain of
 * hashes breaks, `mirror-failed` when it can't be read or written.
 */
export interface Mirror {
  /** Ids of all runs that it knows, in order of their names. */
  runs(): Promise<readonly string[]>;
  /** Takes in what other processes wrote meanwhile. */
  head(run: string): Promise<MirrorHead>;
  /** Hash of an entry up to the head; undefined beyond it. */
  hashAt(run: string, seq: number): Promise<string | undefined>;
  /** The texts of all entries up to the head, their chain checked. Their seals only who has the journal's key can judge. */
  read(run: string): Promise<readonly string[]>;
  /** Adds entries, none of them unsealed, and returns once all that is there is on the disk. No entries: only that. */
  hold(run: string, entries: readonly Entry[]): Promise<void>;
}
