import { FerryError } from '#core/errors.ts';
import type { RecordHeads } from '#core/record-heads.ts';
import type { Mirror, MirrorHead } from '#ports/mirror.ts';
import { differs, older, shorter, unlisted } from './mirrored.ts';
import type { Store } from './store.ts';

/**
 * What is wrong with the store, judged by the mirror: one sentence for each run that is shorter, differs, isn't listed, or has a
 * broken mirror. One round trip, whatever there is to compare. What the mirror finds in order is judged by the mark, where that
 * knows better.
 */
export async function checkStore(store: Store, mirror: Mirror, marked: RecordHeads) {
  const problems = await byMirror(store, mirror);
  if (problems.length > 0) return { problems, older: false };
  const behind = await byMark(store, mirror, marked);
  return { problems: behind, older: behind.length > 0 };
}

async function byMark(store: Store, mirror: Mirror, marked: RecordHeads): Promise<readonly string[]> {
  const ahead: { readonly run: string; readonly seq: number; readonly hash: string; readonly at: number }[] = [];
  // What is mirrored is in the store, as was seen just now.
  for (const [run, mark] of marked)
    if ((await mirror.hashAt(run, mark.seq)) !== mark.hash) ahead.push({ run, ...mark });
  if (ahead.length === 0) return [];
  const stored = await store.pulse(ahead);
  return ahead.flatMap((mark, index) => {
    const there = stored[index];
    return there?.hash === mark.hash ? [] : [older(mark.run, there?.length ?? 0, mark).message];
  });
}

async function byMirror(store: Store, mirror: Mirror): Promise<readonly string[]> {
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
