import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { missingRedis, PrivateRedis } from '../peers/redis.ts';
import { ToyBench } from './toy-bench.ts';

const missing = await missingRedis();

/** `test`, skipped with one line where no Redis can be had. */
export const toyTest = test.skipIf(missing !== undefined);

/** A Redis for the tests of a file, and toy runs on it that end with their test. */
export function useToys(): {
  redis: () => PrivateRedis;
  propose: (targets?: readonly string[]) => Promise<ToyBench>;
  proposeBeside: (...runs: readonly (readonly string[])[]) => Promise<ToyBench[]>;
} {
  let redis: PrivateRedis | undefined;
  const benches: ToyBench[] = [];
  beforeAll(async () => {
    if (missing === undefined) redis = await PrivateRedis.start();
    else console.warn(missing);
  });
  afterEach(() => {
    for (const bench of benches.splice(0)) bench.close();
  });
  afterAll(async () => redis?.stop());
  const started = () => {
    if (redis === undefined) throw new Error('the tests have not begun');
    return redis;
  };
  return {
    redis: started,
    async propose(targets) {
      const bench = await ToyBench.propose(started(), targets);
      benches.push(bench);
      return bench;
    },
    async proposeBeside(...runs) {
      const beside = await ToyBench.proposeBeside(started(), runs);
      benches.push(...beside);
      return beside;
    },
  };
}
