import { afterAll, beforeAll } from 'vitest';
import { PrivateRedis } from '../peers/redis.ts';

/** A Redis for the tests of a file. */
export function useRedis(): () => PrivateRedis {
  let redis: PrivateRedis | undefined;
  beforeAll(async () => {
    redis = await PrivateRedis.start();
  });
  afterAll(async () => redis?.stop());
  return () => {
    if (redis === undefined) throw new Error('the tests have not begun');
    return redis;
  };
}
