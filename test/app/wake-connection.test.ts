import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patiently } from '#adapters/redis-journal/connect-redis.ts';
import { Secret } from '#estate/secret.ts';
import { GivenRedis } from '#test/peers/given-redis.ts';
import { missingRedis, PrivateRedis } from '#test/peers/redis.ts';
import { wakeConnection } from '../../src/app/wake-connection.ts';

const missing = await missingRedis();

let dir: string;
let embedded: PrivateRedis;
let given: GivenRedis;
beforeAll(async () => {
  if (missing !== undefined) return;
  dir = mkdtempSync(join(tmpdir(), 'ferry-wake-'));
  embedded = await PrivateRedis.start();
  given = await GivenRedis.start(dir);
});
afterAll(async () => {
  await embedded?.stop();
  await given?.dies();
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
});

/** The connections of a queue, or a worker, which BullMQ keeps to itself. */
function clientsOf(of: Queue | Worker): Redis[] {
  const { backend } = of as unknown as { backend: Record<string, { _client?: Redis } | undefined> };
  return [backend.connection?._client, backend.blockingConnection?._client].filter(one => one !== undefined);
}

it('the store is looked for each second at the least, however long it is away', () => {
  const pauses = Array.from({ length: 5_000 }, (_, times) => patiently.retryStrategy(times + 1));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
  expect(Math.min(...pauses)).toBeGreaterThan(0);
});

it.skipIf(missing !== undefined).each(['embedded', 'given'] as const)(
  'BullMQ’s own connections to a store that is %s are no less patient, and no slower to come back',
  async which => {
    const store = { embedded: which === 'embedded' ? embedded : undefined };
    const connection = wakeConnection(store, { redisUrl: new Secret(given.url) });
    const queue = new Queue('ferry-wake', { connection });
    const worker = new Worker('ferry-wake', async () => undefined, { connection });
    try {
      await worker.waitUntilReady();
      await queue.waitUntilReady();
      for (const client of [...clientsOf(queue), ...clientsOf(worker)]) expect(client.options).toMatchObject(patiently);
      expect(clientsOf(worker)).toHaveLength(2);
    } finally {
      await worker.close();
      await queue.close();
    }
  },
);
