import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { redisClock } from '#adapters/redis-journal/redis-clock.ts';
import type { RedisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import type { NewEntry } from '#core/entries.ts';
import { hashOf } from '#core/hash.ts';
import { intended, note, outageStep, proposal, request, stopped } from '#test/builders/journal-entries.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { type RedisHarness, redisHarness } from './redis-harness.ts';

const missing = await missingRedis();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('restoring the store from the mirror', () => {
  let harness: RedisHarness;
  let journal: RedisJournal;
  let causes = 0;

  beforeAll(async () => {
    harness = await redisHarness();
  });
  afterAll(() => harness.stop());
  beforeEach(async () => {
    rmSync(harness.mirrorDir, { recursive: true });
    await harness.redis.comeBackWith(undefined);
    journal = await harness.journal();
  });

  const propose = async (environment: string, ...targets: string[]) => {
    const made = await journal.propose(proposal(environment, targets, `$restore${++causes}`));
    if (!('run' in made)) throw new Error('locked');
    return made.run;
  };
  const add = async (run: string, ...entries: NewEntry[]) => {
    const last = (await journal.read(run)).at(-1)!;
    const appended = await journal.append(run, { seq: last.seq, hash: hashOf(last) }, entries);
    if (!appended.ok) throw new Error(appended.why);
  };
  const restore = async () => {
    const redis = harness.redis.client();
    return restoreStore({ redis, clock: await redisClock(redis), mirror: fileMirror(harness.mirrorDir), key: testKey });
  };
  const everything = async () => {
    const runs = await journal.runs();
    const read = await Promise.all(runs.map(async run => [run, await journal.read(run)] as const));
    return { runs: read, locks: await journal.locks() };
  };

  it('brings back what was lost though a run that lost nothing goes on meanwhile', async () => {
    const going = await propose('dev', 'a');
    const lost = await propose('prod', 'c');
    const redis = harness.redis.client();
    await redis.del(keys.run(lost));
    // Between the comparison of all runs and the first that is restored.
    const zrange = redis.zrange.bind(redis) as (...args: unknown[]) => Promise<string[]>;
    let wentOn = false;
    Object.assign(redis, {
      zrange: async (...args: unknown[]) => {
        if (!wentOn) await add(going, note('meanwhile'));
        wentOn = true;
        return zrange(...args);
      },
    });
    const at = { redis, clock: await redisClock(redis), mirror: fileMirror(harness.mirrorDir), key: testKey };
    const restored = await restoreStore(at);
    expect(wentOn).toBe(true);
    expect(restored.map(({ run, added }) => [run, added])).toEqual([
      [going, 0],
      [lost, 1],
    ]);
    expect((await journal.read(going)).at(-1)).toMatchObject({ text: 'meanwhile' });
    expect((await journal.checkStore()).problems).toEqual([]);
  });

  it('brings back every entry, lock, number and cause after a wipe, so that the journal goes on', async () => {
    const first = await propose('dev', 'a', 'b');
    await add(first, note('one'), note('two'));
    const ended = await propose('prod', 'c');
    await add(ended, { type: 'ended', outcome: 'done' });
    await journal.unlock(ended);
    await propose('dev', 'd');
    const before = await everything();
    await harness.redis.comeBackWith(undefined);
    expect((await journal.checkStore()).problems).toHaveLength(3);

    const restored = await restore();
    expect(restored.map(({ run, added }) => [run, added])).toEqual([
      [first, 3],
      [ended, 2],
      ['dev-2', 1],
    ]);
    expect(await everything()).toEqual(before);
    expect((await journal.checkStore()).problems).toEqual([]);
    expect(await journal.due()).toEqual([first, 'dev-2']);
    expect(await journal.propose(proposal('dev', ['a'], '$new'))).toEqual({ lockedBy: first, target: 'a' });
    expect(await journal.propose(proposal('dev', ['x'], `$restore${causes}`))).toEqual({ run: 'dev-2', made: false });
    expect(await propose('dev', 'e')).toBe('dev-3');
    await add(first, note('three'));
  });

  it('brings an older copy up to the mirror, and does nothing the second time', async () => {
    const run = await propose('dev', 'a');
    await add(run, note('one'));
    const copy = harness.redis.copy();
    await add(run, note('two'));
    await add(run, { type: 'ended', outcome: 'done' });
    await journal.unlock(run);
    const before = await everything();
    await harness.redis.comeBackWith(copy);
    expect((await journal.checkStore()).problems).toEqual([
      expect.stringContaining('has 2 entries of dev-1, its mirror 4'),
    ]);
    expect(await restore()).toEqual([{ run, added: 2, dropped: 0, voided: [] }]);
    expect(await everything()).toEqual(before);
    expect(before.locks).toEqual({});
    expect(await journal.due()).toEqual([]);
    expect(await restore()).toEqual([{ run, added: 0, dropped: 0, voided: [] }]);
    expect(await everything()).toEqual(before);
  });

  it('brings entries back that somebody deleted from the end, one or all', async () => {
    const run = await propose('dev', 'a');
    for (const text of ['one', 'two', 'three']) await add(run, note(text));
    const stream = keys.run(run);
    for (const from of ['3-0', '1-0']) {
      const before = await everything();
      const redis = harness.redis.client();
      const gone = (await redis.xrange(stream, from, '+')).map(([id]) => id);
      await redis.xdel(stream, ...gone);
      expect(await restore()).toEqual([{ run, added: gone.length, dropped: 0, voided: [] }]);
      expect((await everything()).runs).toEqual(before.runs);
      await add(run, note('and on'));
    }
  });

  it('never lowers the number of leases', async () => {
    const run = await propose('dev', 'a');
    await add(run, intended(4_711));
    await harness.redis.comeBackWith(undefined);
    await restore();
    const lease = await journal.take(run);
    expect(lease!.number).toBeGreaterThan(4_711);
    await harness.redis.client().set(keys.leaseNumber, 1_000_000);
    await restore();
    expect(await harness.redis.client().get(keys.leaseNumber)).toBe('1000000');
  });

  it('voids what is open or approved, once, and nothing in a run whose outage has begun', async () => {
    const asked = await propose('dev', 'a');
    await add(asked, request('r1'), request('r2'), request('r3'), {
      type: 'rejected',
      request: 'r1',
      person: 'bob',
      account: '@bob',
    });
    await add(asked, { type: 'expired', request: 'r2' });
    const begun = await propose('prod', 'b');
    await add(begun, request('r1'), { type: 'outage-begun' });
    await harness.redis.comeBackWith(undefined);
    expect(await restore()).toEqual([
      { run: asked, added: 7, dropped: 0, voided: ['r3'] },
      { run: begun, added: 3, dropped: 0, voided: [] },
    ]);
    expect((await journal.read(asked)).at(-1)).toMatchObject({ type: 'voided', request: 'r3', why: 'restored' });
    expect(harness.mirrored(asked)).toEqual(await journal.read(asked));
    // Killed when the mirror had the voiding and the store had nothing: the next restore goes on from there.
    await harness.redis.comeBackWith(undefined);
    expect(await restore()).toEqual([
      { run: asked, added: 7, dropped: 0, voided: [] },
      { run: begun, added: 3, dropped: 0, voided: [] },
    ]);
  });

  it('keeps one outage at a time: one that was on is on, one that was over is over', async () => {
    const outage = async (target: string) => {
      const made = await journal.propose(proposal('dev', [target], `$restore${++causes}`, [outageStep(target)]));
      return 'run' in made ? made.run : '';
    };
    const [over, on, next] = [await outage('a'), await outage('b'), await outage('c')];
    await add(over, { type: 'outage-begun' }, stopped('a'));
    await add(on, { type: 'outage-begun' });
    await harness.redis.comeBackWith(undefined);
    await restore();
    await expect(add(next, { type: 'outage-begun' })).rejects.toThrow('other-outage');
    journal = await harness.journal();
    await expect(add(next, { type: 'outage-begun' })).rejects.toThrow('other-outage');
    expect(await journal.otherOutage(next)).toBe(on);
    await add(on, stopped('b'));
    await add(next, { type: 'outage-begun' });
  });

  it('voids what was to be left out of an outage that has begun, and wasn’t yet', async () => {
    const run = await propose('prod', 'b');
    const skip = { step: 'b/stop', person: 'bob', because: 'x' };
    await add(run, { type: 'outage-begun' }, request('r1'), { ...request('r2'), skip } as NewEntry);
    await harness.redis.comeBackWith(undefined);
    expect(await restore()).toEqual([{ run, added: 5, dropped: 0, voided: ['r2'] }]);
  });

  it('is refused as a whole when a run of the store is not the beginning of its mirror', async () => {
    const [first, second] = [await propose('dev', 'a'), await propose('dev', 'b')];
    await harness.redis.comeBackWith(undefined);
    const file = join(harness.mirrorDir, `${second}.jsonl`);
    const kept = readFileSync(file);
    rmSync(file);
    rmSync(join(harness.mirrorDir, `${first}.jsonl`));
    // Another history under the same name.
    journal = await harness.journal();
    await propose('dev', 'x');
    await propose('dev', 'y');
    writeFileSync(file, kept);
    await expect(restore()).rejects.toMatchObject({ code: 'store-differs' });
    expect((await (await harness.journal()).checkStore()).problems).toEqual([expect.stringContaining(second)]);
  });

  it('is refused when the mirror was altered', async () => {
    const run = await propose('dev', 'a');
    await add(run, note('approved by bob'), note('after'));
    await harness.redis.comeBackWith(undefined);
    const file = join(harness.mirrorDir, `${run}.jsonl`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('approved by bob', 'approved by eve'));
    await expect(restore()).rejects.toMatchObject({ code: 'mirror-broken' });
    expect(await harness.redis.client().keys('ferry:*')).toEqual([]);
  });

  it('leaves a store that knows more than its mirror as it is', async () => {
    const run = await propose('dev', 'a');
    const blind = await harness.processWithoutDisk();
    const [first] = await journal.read(run);
    await blind.journal.append(run, { seq: 1, hash: hashOf(first) }, [note('not mirrored')]).catch(() => {});
    expect(await restore()).toEqual([{ run, added: 0, dropped: 0, voided: [] }]);
    expect((await journal.checkStore()).problems).toEqual([]);
    await journal.take(run);
    expect(harness.mirrored(run)).toHaveLength(2);
  });

  it('passes over a torn last line, which is written again', async () => {
    const run = await propose('dev', 'a');
    appendFileSync(join(harness.mirrorDir, `${run}.jsonl`), '{"at":17,"pers');
    const fresh = await harness.journal();
    await fresh.read(run);
    const last = (await fresh.read(run)).at(-1)!;
    await fresh.append(run, { seq: last.seq, hash: hashOf(last) }, [note('next')]);
    expect(harness.mirrored(run)).toEqual(await fresh.read(run));
    expect(readdirSync(harness.mirrorDir)).toEqual([`${run}.jsonl`]);
  });
});
