import type { Redis } from 'ioredis';
import type { Progress } from '#ports/progress.ts';

/** How long a line is kept when nobody takes it away, seconds: a process may have died. */
const keptFor = 3_600;

/** What running steps wait for, in a hash per run. Volatile and best effort: never waited for. */
export function redisProgress(redis: Redis): Progress {
  const said = new Map<string, string>();
  const key = (run: string) => `ferry:progress:${run}`;
  return {
    set(run, step, text) {
      const name = `${run} ${step}`;
      if (said.get(name) === text) return;
      if (text === undefined) {
        said.delete(name);
        redis.hdel(key(run), step).catch(() => undefined);
      } else {
        said.set(name, text);
        redis
          .multi()
          .hset(key(run), step, text)
          .expire(key(run), keptFor)
          .exec()
          .catch(() => undefined);
      }
    },
    async read(run) {
      return redis.hgetall(key(run));
    },
  };
}
