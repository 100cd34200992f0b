import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

/** Each of the eight targets by itself takes minutes: `npm run flights`. `npm test` flies dev and prod whole. */
const long = process.env.FERRY_FLIGHTS === undefined ? ['test/flights/each-target.test.ts'] : [];

/** These start much, or are killed, or measure themselves. */
const alone = ['test/flights/**/*.test.ts', 'test/chaos/**/*.test.ts', 'test/docs/{readme,dockerfile}.test.ts'];

export default defineConfig({
  test: {
    setupFiles: ['test/run/patience.ts', 'test/run/quick-hmac.ts', 'test/run/forks/quick-fork.ts'],
    expect: { poll: { timeout: 15_000 } },
    // Processes that the tests start load half as long.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/ferry') },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than cores: some suites wait for leases, peers and processes most of the time.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'alone', include: alone, exclude: [...configDefaults.exclude, ...long] } },
      // The others leave nothing behind: a process takes them one after the other, and loads Ferry once.
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...alone],
          isolate: false,
        },
      },
    ],
  },
});
