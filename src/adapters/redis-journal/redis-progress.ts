import type { Redis } from 'ioredis';
import { type JournalKey, openSealed, sealedText } from '#core/seal.ts';
import type { Progress } from '#ports/progress.ts';

/** How long a line is kept when nobody takes it away, seconds: a process may have died. */
const keptFor = 3_600;

/**
 * What running steps wait for, in a hash per run, each line sealed: it is shown as our own word. Volatile and best effort: never
 * waited for.
 */
export function redisProgress(redis: Redis, journalKey: JournalKey): Progress {
  const said = new Map<string, string>();
  const key = (run: string) => `ferry:progress:${run}`;
  const what = (run: string, step: string) => `progress of ${run} ${step}`;
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
          .hset(key(run), step, sealedText(journalKey, what(run, step), text))
          .expire(key(run), keptFor)
          .exec()
          .catch(() => undefined);
      }
    },
    async read(run) {
      const found = Object.entries(await redis.hgetall(key(run))).flatMap(([step, sealed]) => {
        const text = openSealed(journalKey, what(run, step), sealed);
        return text === undefined ? [] : [[step, text] as const];
      });
      return Object.fromEntries(found);
    },
  };
}
