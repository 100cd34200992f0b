import { Redis } from 'ioredis';
import { BadInput } from '#core/errors.ts';

/** How a connection lives through an absence of the store: what waits is done at most a second after it is back. */
export const patiently = { maxRetriesPerRequest: null, retryStrategy: (times: number) => Math.min(50 * times, 1_000) };

/**
 * A connection that never gives up on a command: while the store is away commands wait, and leases run out by themselves.
 *
 * @param at a `redis://` or `rediss://` URL, or the path of a socket.
 * @param onError hears of each failed attempt; the message holds no password.
 * @throws BadInput when it isn't a URL of Redis nor a path. The URL is not repeated: it may hold a password.
 */
export function connectRedis(at: string, onError: (error: Error) => void): Redis {
  const redis = at.startsWith('/') ? new Redis({ ...patiently, path: at }) : new Redis(checkedUrl(at), patiently);
  redis.on('error', onError);
  return redis;
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return url;
  throw new BadInput('REDIS_URL', 'REDIS_URL is not a URL like redis://host:6379 (rediss:// for TLS)');
}

/**
 * What makes a given Redis unfit to hold the journal, one sentence each: an answer must mean that it is on the disk, and
 * nothing may be evicted.
 */
export async function redisProblems(redis: Redis): Promise<readonly string[]> {
  const wanted = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' } as const;
  const problems: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const is = await setting(redis, name);
    if (is === value) continue;
    problems.push(
      is === undefined
        ? `REDIS_URL: Redis doesn't let us read its setting "${name}" (CONFIG GET is refused); allow it, Ferry needs "${name} ${value}"`
        : `REDIS_URL: Redis has "${name} ${is}", Ferry needs "${name} ${value}": set it with CONFIG SET and in redis.conf`,
    );
  }
  return problems;
}

async function setting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const reply = (await redis.config('GET', name)) as readonly unknown[];
    return reply[1] === undefined ? undefined : String(reply[1]);
  } catch {
    return undefined;
  }
}
