import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { type EmbeddedRedis, embeddedRedis } from '#adapters/embedded-redis/embedded-redis.ts';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { connectRedis, redisProblems } from '#adapters/redis-journal/connect-redis.ts';
import { redisClock, type StoreClock } from '#adapters/redis-journal/redis-clock.ts';
import { isSealedStore, markStore, readStoreMark } from '#adapters/redis-journal/store-mark.ts';
import { BadInput, Refused } from '#core/errors.ts';
import { type JournalKey, keyName } from '#core/seal.ts';
import type { Mirror } from '#ports/mirror.ts';
import { findJournalKey, hasSeals, journalKeyFile, keyIsMissing, makeJournalKey, nobodysKey } from './journal-key.ts';
import { mirrorFolder } from './mirror-folder.ts';
import { keepStoreId, readStoreId } from './store-id.ts';

export interface OpenStore {
  readonly redis: Redis;
  readonly clock: StoreClock;
  readonly mirror: Mirror;
  /** Which store it is; '' when it was never started on. */
  readonly id: string;
  /** Under which the journals are sealed. */
  readonly key: JournalKey;
  /** Folder of the mirror. */
  readonly mirrorDir: string;
  /** The embedded Redis, when there is no REDIS_URL. */
  readonly embedded: EmbeddedRedis | undefined;
  close(): Promise<void>;
}

/**
 * The store and its mirror: the Redis of REDIS_URL, or without it an embedded one in the state folder.
 *
 * @param journalKey what FERRY_JOURNAL_KEY says. @param starts whether runs are to be moved or sealed: then a key is made
 * where there never was one. @param onError hears of lost connections.
 * @param clockOffset key of what store time is moved by; of tests alone.
 * @throws BadInput REDIS_URL is unfit, each reason a line, or nobody answers there within 10 s; the journal's key is missing or another one. Refused of the
 * embedded Redis.
 */
export async function openStore(options: {
  readonly redisUrl: string | undefined;
  readonly state: string;
  readonly path: string;
  readonly journalKey?: string | undefined;
  readonly starts?: boolean;
  readonly onError: (error: Error) => void;
  readonly clockOffset?: string;
}): Promise<OpenStore> {
  const { redisUrl, state, path, onError, clockOffset } = options;
  const mirrorDir = mirrorFolder(state);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const embedded =
    redisUrl === undefined || redisUrl === ''
      ? await embeddedRedis({ dir: join(state, 'redis'), path, say })
      : undefined;
  const redis = connectRedis(embedded?.socket ?? redisUrl ?? '', onError);
  const close = async () => {
    redis.disconnect();
    await embedded?.stop();
  };
  try {
    const clock = await answered(redis, embedded === undefined, clockOffset);
    const key = await keyOf(redis, options, mirrorDir);
    const id = await idOf(redis, options);
    return { redis, clock, mirror: fileMirror(mirrorDir), id, key, mirrorDir, embedded, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How long a Redis may take to answer at the start, ms. Later it is waited for without end. */
const patience = 10_000;

/**
 * The clock of a store that answers, and is fit to be one.
 *
 * @param given whether somebody else looks after it: then its settings are looked at.
 */
async function answered(redis: Redis, given: boolean, clockOffset: string | undefined): Promise<StoreClock> {
  let timer: NodeJS.Timeout | undefined;
  const what = given ? 'REDIS_URL: no Redis answers there' : 'the embedded Redis does not answer';
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(given ? new BadInput('REDIS_URL', what) : new Refused('no-redis', what)), patience);
  });
  const look = async () => {
    const problems = given ? await redisProblems(redis) : [];
    if (problems.length > 0) throw new BadInput('REDIS_URL', problems.join('\n'));
    return redisClock(redis, clockOffset);
  };
  try {
    return await Promise.race([look(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The key of this store's journals. One is made only where nothing was ever sealed: another key would make all that was
 * written before a stranger's.
 */
async function keyOf(
  redis: Redis,
  {
    journalKey,
    state,
    starts = false,
  }: { readonly journalKey?: string | undefined; readonly state: string; readonly starts?: boolean },
  mirrorDir: string,
): Promise<JournalKey> {
  const found = findJournalKey(journalKey, state);
  const mark = await readStoreMark(redis);
  if (found === undefined && (mark.key !== undefined || hasSeals(mirrorDir) || (await isSealedStore(redis)))) {
    throw keyIsMissing(state);
  }
  if (found === undefined && !starts) return nobodysKey();
  const key = found ?? makeJournalKey(state);
  const name = starts ? await markStore(redis, 'key', keyName(key)) : (mark.key ?? keyName(key));
  if (name === keyName(key)) return key;
  const ours = journalKey === undefined || journalKey === '' ? journalKeyFile(state) : 'FERRY_JOURNAL_KEY';
  throw new BadInput(
    'FERRY_JOURNAL_KEY',
    `the journals of this store are sealed with the key named ${name}, and that of ${ours} is named ${keyName(key)}: all processes on a store need the same. Copy journal.key from the other's state folder, or set FERRY_JOURNAL_KEY to what it holds.`,
  );
}

/** Which store it is, by its own word and by the state folder's. An emptied one is still the same. */
async function idOf(
  redis: Redis,
  { state, starts = false }: { readonly state: string; readonly starts?: boolean },
): Promise<string> {
  const known = readStoreId(state);
  if (!starts) return known ?? (await readStoreMark(redis)).id ?? '';
  const id = await markStore(redis, 'id', known ?? randomUUID());
  keepStoreId(state, id);
  return id;
}
