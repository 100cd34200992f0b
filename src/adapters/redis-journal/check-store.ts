import { FerryError } from '#core/errors.ts';
import type { Mirror, MirrorHead } from '#ports/mirror.ts';
import { differs, shorter, unlisted } from './mirrored.ts';
import type { Store } from './store.ts';

/**
 * What is wrong with the store, judged by the mirror: one sentence for each run that is shorter, differs, isn't listed, or has a
 * broken mirror. One round trip, whatever there is to compare.
 */
export async function checkStore(store: Store, mirror: Mirror): Promise<readonly string[]> {
  const problems: string[] = [];
  const known: (MirrorHead & { readonly run: string })[] = [];
  // The mirror first: what it holds was in the store before.
  for (const run of await mirror.runs()) {
    try {
      const head = await mirror.head(run);
      if (head.seq > 0) known.push({ run, ...head });
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      problems.push(error.message);
    }
  }
  if (known.length === 0) return problems;
  const stored = await store.pulse(known);
  for (const [index, { run, seq, hash }] of known.entries()) {
    const there = stored[index];
    if (there === undefined || there.length < seq) problems.push(shorter(run, there?.length ?? 0, seq).message);
    else if (there.hash !== hash) problems.push(differs(run, seq).message);
    else if (!there.listed) problems.push(unlisted(run).message);
  }
  return problems;
}
