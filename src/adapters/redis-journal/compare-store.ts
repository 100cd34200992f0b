import type { Redis } from 'ioredis';
import { type JournalKey, type Placed, readEntries } from '#core/seal.ts';
import type { Mirror } from '#ports/mirror.ts';
import type { StoreClock } from './redis-clock.ts';
import { Store } from './store.ts';

/** How a run stands in the store, against its mirror. Entries that bear no right seal are given as `unsealed`. */
export interface Comparison {
  readonly run: string;
  readonly mirrored: readonly Placed[];
  readonly stored: readonly Placed[];
  /** First seq at which both hold different entries, or at which the chain of what the store holds breaks. */
  readonly differsAt: number | undefined;
  /** First seq, in the store or the mirror, whose entry bears no right seal. */
  readonly unsealedAt: number | undefined;
  /** All of it is of a time when entries bore no seal, and nothing was sealed since. */
  readonly old: boolean;
}

/** Where journals are, and the key to them. */
export interface JournalPlace {
  readonly redis: Redis;
  readonly clock: StoreClock;
  readonly mirror: Mirror;
  readonly key: JournalKey;
}

/** Compares a run entry by entry. @throws Halt of the mirror. */
export async function compareStore({ redis, clock, mirror, key }: JournalPlace, run: string): Promise<Comparison> {
  const mirrored = readEntries(key, run, 1, await mirror.read(run));
  const { entries: stored } = await new Store(redis, clock, key).read(run, 1);
  const all = [...mirrored, ...stored].map(one => one.entry);
  return {
    run,
    mirrored,
    stored,
    differsAt: differsAt(mirrored, stored),
    unsealedAt: all.find(entry => entry.type === 'unsealed')?.seq,
    old: all.length > 0 && all.every(entry => entry.type === 'unsealed' && entry.bare),
  };
}

function differsAt(mirrored: readonly Placed[], stored: readonly Placed[]): number | undefined {
  let prev = '';
  for (const [index, { entry, hash }] of stored.entries()) {
    const known = mirrored[index];
    if (known !== undefined && known.hash !== hash) return index + 1;
    if (entry.type !== 'unsealed' && entry.prev !== prev) return index + 1;
    prev = hash;
  }
  return undefined;
}
