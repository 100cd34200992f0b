import type { Redis } from 'ioredis';
import { type JournalKey, openSealed, sealedText } from '#core/seal.ts';
import { keys } from './keys.ts';

/** Whether the chat account is this store's, kept in the store and sealed. @param id of the store. */
export function claimNote(redis: Redis, journalKey: JournalKey, id: string) {
  const what = 'chat account of the store';
  return {
    get: async (): Promise<boolean> => openSealed(journalKey, what, await redis.hget(keys.store, 'claimed')) === id,
    set: async (claimed: boolean): Promise<void> => {
      if (claimed) await redis.hset(keys.store, 'claimed', sealedText(journalKey, what, id));
      else await redis.hdel(keys.store, 'claimed');
    },
  };
}
