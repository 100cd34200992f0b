/** Numbers from 0 to 1 by a seed (mulberry32): the same game each time. */
export function seeded(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some of a list, chosen by a seed, in the list's order. */
export function someOf<T>(list: readonly T[], count: number, seed: number): T[] {
  const chance = seeded(seed);
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, list.length)) chosen.add(Math.floor(chance() * list.length));
  return list.filter((_, index) => chosen.has(index));
}
