import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { onPath } from '#adapters/embedded-redis/find-server.ts';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { connectRedis, redisProblems } from '#adapters/redis-journal/connect-redis.ts';
import { redisClock } from '#adapters/redis-journal/redis-clock.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { BadInput, Refused } from '#core/errors.ts';
import type { JournalKey } from '#core/seal.ts';
import type { Config } from '#estate/config.ts';
import { readingKey } from '../journal-key.ts';
import { mirrorFolder } from '../mirror-folder.ts';
import type { Proof } from './proof.ts';

/** How long a Redis may take to answer, ms. */
const patience = 10_000;

/** The store, its settings, and the state folder. */
export function storeProofs(config: Config, path: string): Proof[] {
  return [
    { of: 'state folder', see: () => stateFolder(config.stateDir), otherwise: 'see FERRY_STATE, or --state' },
    config.redisUrl === undefined
      ? {
          of: 'redis',
          see: () => embedded(path, config.stateDir),
          otherwise: 'install redis or valkey, or set REDIS_URL',
        }
      : {
          of: 'redis',
          see: () =>
            given(config.redisUrl?.reveal() ?? '', config.stateDir, () =>
              readingKey(config.journalKey?.reveal(), config.stateDir),
            ),
          otherwise: 'see REDIS_URL in docs/configuration.md',
        },
  ];
}

/** It is made at the start where it is missing; then its parent must be writable. */
async function stateFolder(dir: string): Promise<string> {
  let nearest = dir;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new BadInput('FERRY_STATE', `${nearest} can't be written by this user`, { cause });
  }
  return nearest === dir ? `${dir} is writable` : `${dir} can be made`;
}

async function embedded(path: string, stateDir: string): Promise<string> {
  const server = onPath('redis-server', path) ?? onPath('valkey-server', path);
  if (server === undefined) throw new Refused('no-redis', 'there is no REDIS_URL and no redis-server on the path');
  return `no REDIS_URL: ${server} will run in ${stateDir}`;
}

async function given(url: string, stateDir: string, key: () => JournalKey): Promise<string> {
  let last = 'no Redis answers there';
  const redis = connectRedis(url, error => {
    last = error.message;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refused('no-redis', `REDIS_URL: ${last}`)), patience);
  });
  try {
    return await Promise.race([proveStore(redis, stateDir, key), late]);
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

async function proveStore(
  redis: ReturnType<typeof connectRedis>,
  stateDir: string,
  key: () => JournalKey,
): Promise<string> {
  const unfit = await redisProblems(redis);
  if (unfit.length > 0) throw new BadInput('REDIS_URL', unfit.join('; '));
  const dir = mirrorFolder(stateDir);
  if (!existsSync(dir)) return 'answers; appendonly yes, appendfsync always, noeviction';
  const mirror = fileMirror(dir);
  const journal = redisJournal({ redis, clock: await redisClock(redis), mirror, key: key() });
  const differs = await journal.checkStore().finally(() => journal.close());
  if (differs.length > 0) throw new Refused('store-differs', differs.join('; '));
  return `answers; appendonly yes, appendfsync always, noeviction; holds all of the ${(await mirror.runs()).length} runs in ${dir}`;
}
