import type { Redis } from 'ioredis';
import type { Entry } from '#core/entries.ts';
import { hashOf } from '#core/hash.ts';
import type { Mirror } from '#ports/mirror.ts';
import type { StoreClock } from './redis-clock.ts';
import { seal } from './seal.ts';
import { Store } from './store.ts';

/** How a run stands in the store, against its mirror. */
export interface Comparison {
  readonly run: string;
  readonly mirrored: readonly Entry[];
  readonly stored: readonly Entry[];
  /** First seq at which both hold different entries, or at which the store's own chain breaks. */
  readonly differsAt: number | undefined;
}

/** Compares a run entry by entry. @throws Halt of the mirror. */
export async function compareStore(
  { redis, clock, mirror }: { readonly redis: Redis; readonly clock: StoreClock; readonly mirror: Mirror },
  run: string,
): Promise<Comparison> {
  const mirrored = await mirror.read(run);
  const { entries } = await new Store(redis, clock).read(run, 1);
  let differsAt: number | undefined;
  let prev = '';
  for (const [index, one] of entries.entries()) {
    const { seq, at } = one.entry;
    const [again] = seal({ seq: index, hash: prev }, [one.entry], at);
    const whole = seq === index + 1 && again?.hash === one.hash && again.text === one.text;
    const known = mirrored[index];
    if (!whole || (known !== undefined && hashOf(known) !== one.hash)) {
      differsAt = index + 1;
      break;
    }
    prev = one.hash;
  }
  return { run, mirrored, stored: entries.map(one => one.entry), differsAt };
}
