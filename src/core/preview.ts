import type { Entry, NewEntry } from './entries.ts';
import { advance } from './fold.ts';
import type { Run } from './run.ts';

/** A run as it would be after some entries, on a copy: to judge what is appended together with them. The run itself stays. */
export function preview(run: Run, entries: readonly NewEntry[], now: number): Run {
  const copy = structuredClone(run);
  for (const entry of entries) {
    const at = Math.max(now, copy.lastAt);
    const next: Entry = { ...entry, v: 1, seq: copy.head.seq + 1, at, prev: copy.head.hash };
    advance(copy, next);
  }
  return copy;
}
