import type { Redis } from 'ioredis';
import { type JournalKey, openSealed, sealedText } from '#core/seal.ts';

/** How far a chat account has been read, kept in the store and sealed: one that somebody else put there is none. */
export function chatPosition(redis: Redis, account: string, journalKey: JournalKey) {
  const key = `ferry:chat:${account}:since`;
  const what = `position of ${account}`;
  return {
    get: async (): Promise<string | undefined> => openSealed(journalKey, what, await redis.get(key)),
    set: async (token: string): Promise<void> => {
      await redis.set(key, sealedText(journalKey, what, token));
    },
  };
}
