import { mirrorRuns, readMirror } from '#adapters/mirror/read-mirror.ts';
import type { UnsealedEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { fold } from '#core/fold.ts';
import type { Run } from '#core/run.ts';
import { type JournalKey, readEntries } from '#core/seal.ts';

/**
 * A run from the mirror's folder alone; undefined when it holds nothing of it.
 *
 * @throws Halt `mirror-broken` and the like when the mirror isn't whole, `mirror-unsealed` when somebody wrote to it who hasn't
 * the journal's key: what it says can't be relied on.
 */
export function mirroredRun(dir: string, id: string, key: JournalKey): Run | undefined {
  if (!mirrorRuns(dir).includes(id)) return undefined;
  const { texts, beyond } = readMirror(dir, id);
  if (beyond.length > 0) {
    throw new Halt('mirror-broken', `the mirror of ${id} in ${dir} lacks entry ${texts.length + 1}`);
  }
  const entries = readEntries(key, id, 1, texts).map(one => one.entry);
  const bad = entries.find(entry => entry.type === 'unsealed');
  if (bad !== undefined) throw notSealed(dir, id, bad);
  return entries.length === 0 ? undefined : fold(entries);
}

/** All runs of a mirror's folder, newest first. @throws Halt as above. */
export function mirroredRuns(dir: string, key: JournalKey): Run[] {
  return mirrorRuns(dir)
    .flatMap(id => mirroredRun(dir, id, key) ?? [])
    .sort((one, other) => other.proposedAt - one.proposedAt);
}

function notSealed(dir: string, id: string, { seq, bare }: UnsealedEntry): Halt {
  const what = bare ? 'bears no seal' : "doesn't bear the seal of this journal's key";
  const old = bare ? ' If it is of a Ferry that sealed nothing: ferry journal seal.' : '';
  return new Halt('mirror-unsealed', `entry ${seq} in the mirror of ${id} in ${dir} ${what}.${old}`);
}
