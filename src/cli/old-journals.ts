import { Halt } from '#core/errors.ts';
import { readEntries } from '#core/seal.ts';
import type { OpenStore } from './open-store.ts';

/** Most runs that are named; the rest are counted. */
const named = 5;

/**
 * Journals of a Ferry that sealed nothing are sealed by hand, once: of what stands without a seal later nobody can say who
 * wrote it.
 *
 * @param state folder, as it is to be typed. @throws Halt `journal-not-sealed`, saying what to type; and those of the mirror.
 */
export async function refuseOldJournals(
  { mirror, key }: Pick<OpenStore, 'mirror' | 'key'>,
  state: string,
): Promise<void> {
  const old: string[] = [];
  for (const run of await mirror.runs()) {
    const entries = readEntries(key, run, 1, await mirror.read(run));
    if (entries.length > 0 && entries.every(({ entry }) => entry.type === 'unsealed' && entry.bare)) old.push(run);
  }
  if (old.length === 0) return;
  const more = old.length > named ? ` and ${old.length - named} more` : '';
  throw new Halt(
    'journal-not-sealed',
    `${old.length === 1 ? 'a journal is' : `${old.length} journals are`} of a Ferry that didn't seal them: ${old.slice(0, named).join(', ')}${more}. With every Ferry stopped, type once: ferry journal seal --state ${state}`,
  );
}
