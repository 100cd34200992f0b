import type { Redis } from 'ioredis';
import type { Kept } from '#ports/kept.ts';

/** Notes in one hash of the store. @param account whose notes: of one chat account. */
export function redisKept(redis: Redis, account: string): Kept {
  const hash = `ferry:chat:${account}:kept`;
  return {
    get: async key => (await redis.hget(hash, key)) ?? undefined,
    set: async (key, value) => {
      if (value === undefined) await redis.hdel(hash, key);
      else await redis.hset(hash, key, value);
    },
    all: async prefix => {
      const found = Object.entries(await redis.hgetall(hash));
      return Object.fromEntries(found.filter(([key]) => key.startsWith(prefix)));
    },
  };
}
