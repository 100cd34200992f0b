import type { Redis } from 'ioredis';
import { type JournalKey, openSealed, sealedText } from '#core/seal.ts';

/**
 * How far a chat account has been read, kept in the store and sealed: one that somebody else put there is none. Where the store
 * was wiped, what this process knows still holds: what is said meanwhile isn't passed over.
 */
export function chatPosition(redis: Redis, account: string, journalKey: JournalKey) {
  const key = `ferry:chat:${account}:since`;
  const what = `position of ${account}`;
  let known: string | undefined;
  return {
    get: async (): Promise<string | undefined> => openSealed(journalKey, what, await redis.get(key)) ?? known,
    set: async (token: string): Promise<void> => {
      known = token;
      await redis.set(key, sealedText(journalKey, what, token));
    },
  };
}
