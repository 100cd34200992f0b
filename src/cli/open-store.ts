import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { type EmbeddedRedis, embeddedRedis } from '#adapters/embedded-redis/embedded-redis.ts';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { connectRedis, redisProblems } from '#adapters/redis-journal/connect-redis.ts';
import { redisClock, type StoreClock } from '#adapters/redis-journal/redis-clock.ts';
import { BadInput, Refused } from '#core/errors.ts';
import type { Mirror } from '#ports/mirror.ts';

export interface OpenStore {
  readonly redis: Redis;
  readonly clock: StoreClock;
  readonly mirror: Mirror;
  /** Folder of the mirror. */
  readonly mirrorDir: string;
  /** The embedded Redis, when there is no REDIS_URL. */
  readonly embedded: EmbeddedRedis | undefined;
  close(): Promise<void>;
}

/** Folder of the mirror in a state folder. */
export function mirrorFolder(state: string): string {
  return join(state, 'journal');
}

/**
 * The store and its mirror: the Redis of REDIS_URL, or without it an embedded one in the state folder.
 *
 * @param onError hears of lost connections.
 * @throws BadInput REDIS_URL is unfit, each reason a line, or nobody answers there within 10 s. Refused of the embedded Redis.
 */
export async function openStore(options: {
  readonly redisUrl: string | undefined;
  readonly state: string;
  readonly path: string;
  readonly onError: (error: Error) => void;
}): Promise<OpenStore> {
  const { redisUrl, state, path, onError } = options;
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
    const clock = await answered(redis, embedded === undefined);
    return { redis, clock, mirror: fileMirror(mirrorDir), mirrorDir, embedded, close };
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
async function answered(redis: Redis, given: boolean): Promise<StoreClock> {
  let timer: NodeJS.Timeout | undefined;
  const what = given ? 'REDIS_URL: no Redis answers there' : 'the embedded Redis does not answer';
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(given ? new BadInput('REDIS_URL', what) : new Refused('no-redis', what)), patience);
  });
  const look = async () => {
    const problems = given ? await redisProblems(redis) : [];
    if (problems.length > 0) throw new BadInput('REDIS_URL', problems.join('\n'));
    return redisClock(redis);
  };
  try {
    return await Promise.race([look(), late]);
  } finally {
    clearTimeout(timer);
  }
}
