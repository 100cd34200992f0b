import { createHash } from 'node:crypto';
import type { Entry, NewEntry } from '#core/entries.ts';
import { canonical } from '#core/json.ts';
import type { Head } from '#ports/journal.ts';

/** An entry as it is stored: its canonical JSON and the hash over it. */
export interface Sealed {
  readonly entry: Entry;
  readonly text: string;
  readonly hash: string;
}

/**
 * Gives entries their place in the chain after a head: version, seq, time, and the hash of the entry before.
 *
 * @param at store time in ms, the same for all.
 * @throws TypeError when an entry holds what JSON can't.
 */
export function seal(head: Head, entries: readonly NewEntry[], at: number): readonly Sealed[] {
  const sealed: Sealed[] = [];
  let { seq, hash } = head;
  for (const entry of entries) {
    seq += 1;
    const text = canonical({ ...entry, v: 1, seq, at, prev: hash });
    hash = createHash('sha256').update(text).digest('hex');
    sealed.push({ entry: JSON.parse(text) as Entry, text, hash });
  }
  return sealed;
}
