import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { redisClock } from '#adapters/redis-journal/redis-clock.ts';
import { type RedisJournal, redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { Halt } from '#core/errors.ts';
import type { Mirror } from '#ports/mirror.ts';
import { entriesIn, testKey } from '#test/builders/journal-key.ts';
import type { JournalHarness, JournalProcess } from '#test/contracts/journal-bench.ts';
import { losingProxy } from '#test/fakes/losing-proxy.ts';
import { PrivateRedis } from '#test/peers/redis.ts';

export interface RedisHarness extends JournalHarness {
  readonly redis: PrivateRedis;
  readonly mirrorDir: string;
  journal(): Promise<RedisJournal>;
}

/** The journal on a real Redis and a real folder. */
export async function redisHarness(): Promise<RedisHarness> {
  const redis = await PrivateRedis.start();
  const mirrorDir = mkdtempSync(join(tmpdir(), 'ferry-mirror-'));
  const closers: (() => unknown)[] = [];
  let processes = 0;
  const admin = redis.client();

  const open = async (mirror: Mirror): Promise<JournalProcess & { journal: RedisJournal }> => {
    processes += 1;
    const proxy = await losingProxy(join(redis.folder, `proxy-${processes}.sock`), () => redis.socket);
    const client = redis.client(proxy.socket);
    const clock = await redisClock(client, keys.timeOffset);
    const journal = redisJournal({ redis: client, clock, mirror, key: testKey });
    closers.push(() => journal.close());
    closers.push(() => client.disconnect());
    closers.push(() => proxy.stop());
    return { journal, clock, due: () => journal.due(), loseNextReply: () => proxy.loseNextReply() };
  };

  return {
    redis,
    mirrorDir,
    process: () => open(fileMirror(mirrorDir)),
    journal: async () => (await open(fileMirror(mirrorDir))).journal,
    processWithoutDisk: () => {
      const mirror = fileMirror(mirrorDir);
      const full = new Halt('mirror-failed', 'no space');
      return open({
        runs: () => mirror.runs(),
        head: run => mirror.head(run),
        hashAt: (run, seq) => mirror.hashAt(run, seq),
        read: run => mirror.read(run),
        hold: () => Promise.reject(full),
      });
    },
    killStore: () => redis.killAndStart(),
    copyStore: async () => redis.copy(),
    async storeComesBackWith(copy) {
      await redis.comeBackWith(copy);
    },
    advance: ms => redis.advance(ms),
    async storeTime() {
      const [[seconds, micros], offset] = await Promise.all([admin.time(), admin.get(keys.timeOffset)]);
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) + Number(offset ?? 0);
    },
    mirrored: run => entriesIn(mirrorDir, run),
    async stop() {
      for (const close of closers) await close();
      await redis.stop();
      rmSync(mirrorDir, { recursive: true, force: true });
    },
  };
}
