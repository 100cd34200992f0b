import { mirrorRuns, readMirror } from '#adapters/mirror/read-mirror.ts';
import type { Entry } from '#core/entries.ts';
import { type JournalKey, journalKey } from '#core/seal.ts';

function made(digit: string): JournalKey {
  const key = journalKey(digit.repeat(64));
  if (key === undefined) throw new Error('no key');
  return key;
}

/** The journal's key in tests, and somebody else's. */
export const testKey = made('7');
export const otherKey = made('8');

/** What stands in a mirror, whoever wrote it. */
export function entriesIn(dir: string, run: string): readonly Entry[] {
  if (!mirrorRuns(dir).includes(run)) return [];
  return readMirror(dir, run).texts.map(text => JSON.parse(text) as Entry);
}
