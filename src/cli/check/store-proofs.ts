import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { onPath } from '#adapters/embedded-redis/find-server.ts';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { connectRedis, redisProblems } from '#adapters/redis-journal/connect-redis.ts';
import { redisClock } from '#adapters/redis-journal/redis-clock.ts';
import { exposureOf } from '#adapters/redis-journal/redis-exposure.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { BadInput, Refused } from '#core/errors.ts';
import type { JournalKey } from '#core/seal.ts';
import type { Config } from '#estate/config.ts';
import { findJournalKey, journalKeyFile, readingKey } from '../journal-key.ts';
import { mirrorFolder } from '../mirror-folder.ts';
import type { Proof } from './proof.ts';

/** How long a Redis may take to answer, ms. */
const patience = 10_000;

/** The store, its settings, and the state folder. */
export function storeProofs(config: Config, path: string): Proof[] {
  const url = config.redisUrl?.reveal();
  const access: Proof = {
    of: 'redis access',
    see: () => guarded(url ?? ''),
    otherwise: 'whoever can write there can stop Ferry: see Redis in README.md and docs/security.md',
  };
  return [
    { of: 'journal key', see: async () => journalKeyProof(config), otherwise: 'see FERRY_JOURNAL_KEY' },
    ...(url === undefined ? [] : [access]),
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

/** Never shows the key, nor the address, which may hold a password. */
function journalKeyProof({ journalKey, stateDir }: Config): string {
  const given = journalKey?.reveal();
  readingKey(given, stateDir);
  if (given !== undefined) return 'is given by FERRY_JOURNAL_KEY';
  const file = journalKeyFile(stateDir);
  return findJournalKey(undefined, stateDir) === undefined ? `${file} is made by the first start` : `${file}, mode 600`;
}

/** A password or ACL, and TLS, for a Redis elsewhere. */
async function guarded(url: string): Promise<string> {
  const { elsewhere, plain, open } = await exposureOf(url);
  const problems = [
    ...(elsewhere && open
      ? [
          'REDIS_URL: that Redis asks nobody for a password: set one (requirepass, or a user with ACL SETUSER) and put it into REDIS_URL',
        ]
      : []),
    ...(elsewhere && plain ? ['REDIS_URL: it is spoken to without TLS, on another machine: use rediss://'] : []),
  ];
  if (problems.length > 0) throw new BadInput('REDIS_URL', problems.join('; '));
  if (elsewhere) return 'asks for a password, by TLS';
  return open
    ? 'on this machine, and asks nobody for a password: whoever can log in here can write to it'
    : 'on this machine, asks for a password';
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
  const { problems: differs } = await journal.checkStore().finally(() => journal.close());
  if (differs.length > 0) throw new Refused('store-differs', differs.join('; '));
  return `answers; appendonly yes, appendfsync always, noeviction; holds all of the ${(await mirror.runs()).length} runs in ${dir}`;
}
