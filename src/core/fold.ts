import { applyEntry } from './apply-entry.ts';
import { type Entry, isKnown, type UnsealedEntry } from './entries.ts';
import { hashOf } from './hash.ts';
import { freshChange, newRun } from './new-run.ts';
import type { ChangeState, Run } from './run.ts';

/**
 * A run from its journal.
 *
 * @param entries all entries in order of seq, from 1.
 * @throws Error when the first isn't `proposed`, a seq is missing, or the chain of hashes is broken.
 */
export function fold(entries: readonly Entry[]): Run {
  const [first, ...rest] = entries;
  if (first === undefined || first.type !== 'proposed' || first.seq !== 1) {
    throw new Error('a journal begins with its proposal');
  }
  const run = newRun(first);
  for (const entry of rest) advance(run, entry);
  return run;
}

/** Adds the next entry to a folded run, in place. @throws Error when it isn't the next one or doesn't chain. */
export function advance(run: Run, entry: Entry): void {
  if (entry.seq !== run.head.seq + 1) throw new Error(`${run.id}: entry ${entry.seq} after ${run.head.seq}`);
  if (entry.type === 'unsealed') {
    run.head = { seq: entry.seq, hash: entry.hash };
    run.unsealed ??= entry.seq;
    run.strange ??= unsealedWords(entry);
    return;
  }
  // Behind what isn't believed there is nothing to chain to.
  if (entry.prev !== run.head.hash && run.unsealed === undefined)
    throw new Error(`${run.id}: entry ${entry.seq} doesn't chain to the one before`);
  run.head = { seq: entry.seq, hash: hashOf(entry) };
  run.lastAt = entry.at;
  if (entry.cause !== undefined) run.causes.add(entry.cause);
  if (run.strange !== undefined) return;
  if (!isKnown(entry)) {
    run.strange = `entry ${entry.seq} is of type ${String(entry.type)}, version ${String(entry.v)}`;
    return;
  }
  applyEntry(run, entry);
}

function unsealedWords({ seq, bare }: UnsealedEntry): string {
  return bare ? `entry ${seq} bears no seal` : `entry ${seq} doesn't bear the journal's seal`;
}

/** A change's state; one that was never intended has a fresh one. */
export function changeOf(run: Run, id: string): ChangeState {
  return run.changes[id] ?? freshChange(id);
}
