import { FerryError } from '#core/errors.ts';
import type { Mirror } from '#ports/mirror.ts';
import { differs, shorter } from './mirrored.ts';
import type { Store } from './store.ts';

/** What is wrong with the store, judged by the mirror: one sentence for each run that is shorter, differs, or has a broken mirror. */
export async function checkStore(store: Store, mirror: Mirror): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const run of await mirror.runs()) {
    try {
      const head = await mirror.head(run);
      if (head.seq === 0) continue;
      const { length, entries } = await store.read(run, head.seq, head.seq);
      if (length < head.seq) problems.push(shorter(run, length, head.seq).message);
      else if (entries[0]?.hash !== head.hash) problems.push(differs(run, head.seq).message);
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}
