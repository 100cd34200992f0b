import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import { exposureOf } from '#adapters/redis-journal/redis-exposure.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import { prove } from '#cli/check/proof.ts';
import { storeProofs } from '#cli/check/store-proofs.ts';
import { openStore } from '#cli/open-store.ts';
import { hashOf } from '#core/hash.ts';
import { readConfig } from '#estate/config.ts';
import { note, proposal } from '#test/builders/journal-entries.ts';
import { missingRedis, PrivateRedis } from '#test/peers/redis.ts';

const missing = await missingRedis();
const outside = Object.values(networkInterfaces())
  .flat()
  .find(one => one?.family === 'IPv4' && !one.internal)?.address;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe.skipIf(missing !== undefined)('a Redis that others can reach', () => {
  let redis: PrivateRedis;
  let port: number;
  let admin: Redis;

  beforeAll(async () => {
    redis = await PrivateRedis.start();
    port = await freePort();
    admin = redis.client();
    await admin.config('SET', 'protected-mode', 'no');
    await admin.config('SET', 'bind', '*');
    await admin.config('SET', 'port', String(port));
  });
  afterAll(() => redis.stop());

  const access = async (url: string) => {
    const config = readConfig({ environment: { REDIS_URL: url, FERRY_STATE: '/nowhere/state' } });
    const proof = storeProofs(config, '').find(one => one.of === 'redis access');
    if (proof === undefined) throw new Error('nothing is proved');
    return prove(proof);
  };

  it('is open without a password, on this machine too', async () => {
    expect(await exposureOf(`redis://127.0.0.1:${port}`)).toEqual({ elsewhere: false, plain: true, open: true });
    expect(await access(`redis://127.0.0.1:${port}`)).toMatchObject({
      result: 'ok',
      says: expect.stringContaining('asks nobody for a password'),
    });
  });

  it.skipIf(outside === undefined)(
    'elsewhere fails the check without a password and without TLS, each by name',
    async () => {
      const url = `redis://${outside}:${port}`;
      const open = await access(url);
      expect(open).toMatchObject({
        result: 'configuration',
        says: expect.stringMatching(/asks nobody for a password.*without TLS.*rediss:/),
      });
      const admin = redis.client();
      await admin.config('SET', 'requirepass', 'not-shown');
      const plain = await access(url.replace('//', '//:not-shown@'));
      expect(plain).toMatchObject({ result: 'configuration', says: expect.stringMatching(/without TLS/) });
      expect(plain.says).not.toMatch(/not-shown|asks nobody/);
      await admin.config('SET', 'requirepass', '');
    },
  );

  it('by a socket is its user’s alone', async () => {
    expect(await exposureOf(redis.socket)).toEqual({ elsewhere: false, plain: true, open: false });
  });

  it("a user with README's rights does all that Ferry needs, and nothing beside it", async () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const rule = /`ACL SETUSER ferry on >… ([^`]+)`/.exec(readme.replaceAll(/\s+/g, ' '))?.[1]?.split(' ') ?? [];
    await admin.call('ACL', 'SETUSER', 'ferry', 'on', '>secret', ...rule);
    const url = `redis://ferry:secret@127.0.0.1:${port}`;
    const state = mkdtempSync(join(tmpdir(), 'ferry-acl-'));
    const store = await openStore({ redisUrl: url, state, path: '', starts: true, onError: () => {} });
    const journal = redisJournal(store);
    const woken: string[] = [];
    const wake = bullmqWake({ connection: { url, maxRetriesPerRequest: null }, due: () => journal.due() });
    const queue = new Queue('ferry-wake', { connection: { url, maxRetriesPerRequest: null } });
    const stopping = new AbortController();
    try {
      const heard: string[] = [];
      journal.onAppend(run => heard.push(run));
      const working = wake.work(async run => void woken.push(run), stopping.signal);
      const made = await journal.propose(proposal('dev', ['a'], '$acl'));
      if (!('run' in made)) throw new Error('locked');
      const [first] = await journal.read(made.run);
      const lease = await journal.take(made.run);
      if (lease === undefined) throw new Error('no lease');
      await journal.renew(lease);
      await expect
        .poll(
          async () => {
            const { length } = await journal.read(made.run);
            const head = { seq: length, hash: hashOf((await journal.read(made.run)).at(-1)) };
            await journal.append(made.run, head, [note('on')]);
            return heard;
          },
          { timeout: 10_000 },
        )
        .toContain(made.run);
      await journal.park(lease, (await journal.read(made.run)).length, undefined);
      expect((await journal.checkStore()).problems).toEqual([]);
      await queue.add('wake', { run: made.run });
      await expect.poll(() => woken, { timeout: 10_000 }).toEqual([made.run]);
      await restoreStore(store);
      await journal.unlock(made.run);
      expect(first?.type).toBe('proposed');
      await expect(store.redis.flushall()).rejects.toThrow('NOPERM');
      await expect(store.redis.get('somebody:else')).rejects.toThrow('NOPERM');
      stopping.abort();
      await working;
    } finally {
      stopping.abort();
      await queue.close();
      await wake.close();
      journal.close();
      await store.close();
      rmSync(state, { recursive: true });
    }
  });
});
