import { configDefaults, defineConfig } from 'vitest/config';

/** Each of the eight targets by itself takes minutes: `npm run flights`. `npm test` flies dev and prod whole. */
const long = process.env.FERRY_FLIGHTS === undefined ? ['test/flights/each-target.test.ts'] : [];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/run/patience.ts', 'test/run/quick-hmac.ts'],
    expect: { poll: { timeout: 15_000 } },
    exclude: [...configDefaults.exclude, ...long],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than cores: some suites wait for leases, peers and processes most of the time.
    maxWorkers: 3,
  },
});
