import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { keys } from '#adapters/redis-journal/keys.ts';

/** Writes into the store and beside the mirror. @throws Error with the store's or the system's own words. May never answer. */
export async function provesWritable(redis: Pick<Redis, 'set'>, stateDir: string): Promise<void> {
  await redis.set(keys.writable, String(Date.now()), 'EX', 60);
  await writeFile(join(stateDir, 'writable'), `${new Date().toISOString()}\n`);
}
