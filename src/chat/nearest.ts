/**
 * The known name that is most like what somebody wrote, or undefined when none is near (more than a third of its letters
 * differ). Only ever offered, never acted on.
 */
export function nearest(written: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const away = distance(written.toLowerCase().slice(0, 100), name.toLowerCase());
    if (away < least && away <= Math.max(1, Math.floor(name.length / 3))) {
      best = name;
      least = away;
    }
  }
  return best;
}

/** Levenshtein's distance, two neighbours in the wrong order counted as one mistake. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const crossed = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const turn = crossed ? (before[j - 2] ?? 0) + 1 : swap;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap, turn));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
