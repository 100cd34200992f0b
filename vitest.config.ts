import { configDefaults, defineConfig } from 'vitest/config';

/** Each of the eight targets by itself takes minutes: `npm run flights`. `npm test` flies dev and prod whole. */
const long = process.env.FERRY_FLIGHTS === undefined ? ['test/flights/each-target.test.ts'] : [];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...long],
    testTimeout: 30_000,
    // Whole runs beside a busy neighbour: CI asks a failed test once more before it calls it red; a developer sees it at once.
    retry: process.env.CI === undefined || process.env.CI === '' ? 0 : 1,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
