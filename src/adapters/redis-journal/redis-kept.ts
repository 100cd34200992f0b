import type { Redis } from 'ioredis';
import { type JournalKey, openSealed, sealedText } from '#core/seal.ts';
import type { Kept } from '#ports/kept.ts';

/**
 * Notes in one hash of the store, each sealed: one that somebody else put there isn't found.
 *
 * @param account whose notes: of one chat account.
 */
export function redisKept(redis: Redis, account: string, journalKey: JournalKey): Kept {
  const hash = `ferry:chat:${account}:kept`;
  const what = (key: string) => `note ${key} of ${account}`;
  const open = (key: string, value: string | null | undefined) => openSealed(journalKey, what(key), value);
  return {
    get: async key => open(key, await redis.hget(hash, key)),
    set: async (key, value) => {
      if (value === undefined) await redis.hdel(hash, key);
      else await redis.hset(hash, key, sealedText(journalKey, what(key), value));
    },
    all: async prefix => {
      const found = Object.entries(await redis.hgetall(hash)).flatMap(([key, value]) => {
        const text = key.startsWith(prefix) ? open(key, value) : undefined;
        return text === undefined ? [] : [[key, text] as const];
      });
      return Object.fromEntries(found);
    },
  };
}
