import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { chatPosition } from '#adapters/redis-journal/chat-position.ts';
import { redisKept } from '#adapters/redis-journal/redis-kept.ts';
import { redisProgress } from '#adapters/redis-journal/redis-progress.ts';
import { otherKey, testKey } from '#test/builders/journal-key.ts';
import { useRedis } from '#test/builders/use-redis.ts';
import { missingRedis } from '#test/peers/redis.ts';

const missing = await missingRedis();

describe.skipIf(missing !== undefined)('notes in the store that somebody else writes to', () => {
  const server = useRedis();
  let redis: Redis;
  beforeAll(() => {
    redis = server().client();
  });

  it('a position is read on from only where Ferry itself had come to', async () => {
    const position = chatPosition(redis, '@ferry:sim', testKey);
    expect(await position.get()).toBeUndefined();
    await position.set('s7');
    expect(await position.get()).toBe('s7');
    const next = chatPosition(redis, '@ferry:sim', testKey);
    expect(await next.get()).toBe('s7');
    await redis.set('ferry:chat:@ferry:sim:since', 's1');
    expect(await next.get()).toBeUndefined();
    await chatPosition(redis, '@ferry:sim', otherKey).set('s1');
    expect(await next.get()).toBeUndefined();
  });

  it('with the store wiped a process reads on from where it was: what was said meanwhile is not passed over', async () => {
    const position = chatPosition(redis, '@ferry:wiped', testKey);
    await position.set('s7');
    await redis.del('ferry:chat:@ferry:wiped:since');
    expect(await position.get()).toBe('s7');
    await chatPosition(redis, '@ferry:wiped', testKey).set('s9');
    expect(await position.get(), 'another process came further').toBe('s9');
  });

  it("no room's id, and nothing that was said, is taken from somebody else or from another note", async () => {
    const kept = redisKept(redis, '@ferry:sim', testKey);
    await kept.set('room/#work:sim', '!work:sim');
    await kept.set('room/#gone:sim', '!gone:sim');
    const hash = 'ferry:chat:@ferry:sim:kept';
    await redis.hset(hash, 'room/#gone:sim', (await redis.hget(hash, 'room/#work:sim')) ?? '');
    await redis.hset(hash, 'room/#tell:sim', '!evil:sim');
    expect(await kept.get('room/#gone:sim')).toBeUndefined();
    expect(await kept.all('room/')).toEqual({ 'room/#work:sim': '!work:sim' });
    await kept.set('room/#work:sim', undefined);
    expect(await kept.all('')).toEqual({});
  });

  it('what a step waits for is shown in the words of Ferry only', async () => {
    const progress = redisProgress(redis, testKey);
    progress.set('dev-1', 'pot/brew', 'it brews');
    await expect.poll(() => progress.read('dev-1'), { timeout: 10_000 }).toEqual({ 'pot/brew': 'it brews' });
    await redis.hset('ferry:progress:dev-1', 'pot/ring', 'bob approved this', 'pot/brew', 'approved by carol');
    expect(await progress.read('dev-1')).toEqual({});
  });
});
