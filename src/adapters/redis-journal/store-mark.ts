import type { Redis } from 'ioredis';
import { keys } from './keys.ts';

/** What a store says of itself. */
export interface StoreMark {
  /** Random: which store it is. */
  readonly id: string | undefined;
  /** By which name the key goes under which its journals are sealed. */
  readonly key: string | undefined;
}

export async function readStoreMark(redis: Redis): Promise<StoreMark> {
  const { id, key } = await redis.hgetall(keys.store);
  return { id, key };
}

/** Says it where nobody has said it yet. @returns what holds then. */
export async function markStore(redis: Redis, name: keyof StoreMark, value: string): Promise<string> {
  await redis.hsetnx(keys.store, name, value);
  return (await redis.hget(keys.store, name)) ?? value;
}

/** Whether any journal in the store bears seals. */
export async function isSealedStore(redis: Redis): Promise<boolean> {
  for (const run of await redis.zrange(keys.runs, '0', '-1')) {
    const [last] = await redis.xrevrange(keys.run(run), '+', '-', 'COUNT', 1);
    if (last?.[1].some(field => field.includes('"seal":"')) === true) return true;
  }
  return false;
}
