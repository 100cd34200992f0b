import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { redisClock } from '#adapters/redis-journal/redis-clock.ts';
import type { RedisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import type { NewEntry } from '#core/entries.ts';
import { fold } from '#core/fold.ts';
import { Forger } from '#test/builders/forger.ts';
import { note, outageStep, proposal } from '#test/builders/journal-entries.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { type RedisHarness, redisHarness } from './redis-harness.ts';

const missing = await missingRedis();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('a store that somebody else writes to', () => {
  let harness: RedisHarness;
  let journal: RedisJournal;
  let forger: Forger;
  let causes = 0;

  beforeAll(async () => {
    harness = await redisHarness();
  });
  afterAll(() => harness.stop());
  beforeEach(async () => {
    rmSync(harness.mirrorDir, { recursive: true });
    await harness.redis.comeBackWith(undefined);
    journal = await harness.journal();
    forger = new Forger(harness.redis.client());
  });

  const propose = async (environment = 'dev', targets = ['a']) => {
    const nodes = targets.map(outageStep);
    const made = await journal.propose(proposal(environment, targets, `$seal${++causes}`, nodes));
    if (!('run' in made)) throw new Error('locked');
    return made.run;
  };
  const run = async (id: string) => fold(await journal.read(id));
  const add = async (id: string, ...entries: NewEntry[]) => {
    const appended = await journal.append(id, (await run(id)).head, entries);
    if (!appended.ok) throw new Error(appended.why);
  };
  const restore = async () => {
    const redis = harness.redis.client();
    return restoreStore({ redis, clock: await redisClock(redis), mirror: fileMirror(harness.mirrorDir), key: testKey });
  };

  it('stops the run at an approval, a start or a plan without the seal, and none of it happens', async () => {
    const approved = {
      request: 'r1',
      gate: 'outage' as const,
      hash: 'f',
      person: 'bob',
      account: '@bob:sim',
      reaction: '$r',
    };
    for (const forged of [
      { type: 'approved', ...approved } as const,
      { type: 'started', person: 'alice' } as const,
      { type: 'planned', step: 'a/stop', changes: [] } as const,
      { type: 'ended', outcome: 'done' } as const,
      { type: 'sealed' } as const,
    ]) {
      const id = await propose('dev', [forged.type]);
      await forger.appends(id, forged, note('and more'));
      const stands = await run(id);
      expect(stands).toMatchObject({ strange: expect.stringContaining('entry 2'), unsealed: 2, started: undefined });
      expect(stands).toMatchObject({ ended: undefined, requests: [], notes: [] });
    }
  });

  it('gets nothing of what it holds without a seal into the mirror, nor what would come behind it', async () => {
    const id = await propose();
    await add(id, note('ours'));
    await forger.appends(id, { type: 'started', person: 'alice' });
    await journal.take(id);
    const { head } = await run(id);
    expect(harness.mirrored(id).map(entry => entry.type)).toEqual(['proposed', 'noted']);
    await expect(journal.append(id, head, [note('behind it')])).rejects.toMatchObject({ code: 'journal-unsealed' });
    expect(harness.mirrored(id)).toHaveLength(2);
    await expect(fileMirror(harness.mirrorDir).hold(id, await journal.read(id))).rejects.toThrow('bears no seal');
  });

  it('gets nothing repeated, moved or taken from another run', async () => {
    const [one, other] = [await propose('dev', ['a']), await propose('dev', ['b'])];
    await add(one, { type: 'paused', person: 'bob' }, { type: 'resumed', person: 'bob' });
    await add(other, { type: 'started', person: 'alice' });
    const [proposed = '', paused = '', resumed = ''] = await forger.texts(one);
    const [, started = ''] = await forger.texts(other);
    for (const text of [paused, resumed, started, proposed]) {
      await forger.rewrites(one, [proposed, paused, resumed, text]);
      expect(await run(one)).toMatchObject({ unsealed: 4, started: undefined, paused: undefined });
    }
  });

  it('is refused where it holds something else than the mirror, wherever that is, and less', async () => {
    const id = await propose();
    await add(id, note('two'), { type: 'paused', person: 'bob' }, note('four'));
    const texts = await forger.texts(id);
    const altered = texts.map(text => text.replace('alice', 'mallory'));
    for (const at of [0, 1, 3]) {
      await forger.rewrites(id, texts.with(at, altered[at] ?? ''));
      await expect(journal.read(id)).rejects.toMatchObject({ code: 'store-differs' });
    }
    for (const rest of [texts.toSpliced(2, 1), texts.slice(0, 3), []]) {
      await forger.rewrites(id, rest);
      await expect(journal.read(id)).rejects.toMatchObject({
        code: expect.stringMatching(/^store-(shorter|differs)$/),
      });
      await expect(journal.take(id)).rejects.toMatchObject({ code: 'store-shorter' });
    }
  });

  it("judges by what it reads: a stored hash that fits doesn't make another text fit", async () => {
    const id = await propose();
    await add(id, note('ours'));
    const texts = await forger.texts(id);
    const redis = harness.redis.client();
    const entries = await redis.xrange(keys.run(id), '-', '+');
    await redis.del(keys.run(id));
    for (const [index, [place, fields]] of entries.entries()) {
      const text = index === 1 ? (texts[1] ?? '').replace('alice', 'mallory') : (texts[index] ?? '');
      await redis.xadd(keys.run(id), place, ...fields.with(fields.indexOf('e') + 1, text));
    }
    await expect(journal.read(id)).rejects.toMatchObject({ code: 'store-differs' });
  });

  it('begins no outage beside one that it hides, and none for a run that it invents', async () => {
    const [one, other] = [await propose('dev', ['a']), await propose('dev', ['b'])];
    await add(one, { type: 'outage-begun' });
    await harness.redis.client().del(keys.locks);
    expect(await journal.otherOutage(other)).toBe(one);
    const { head } = await run(other);
    const begun = await journal.append(other, head, [{ type: 'outage-begun' }]);
    expect(begun).toEqual({ ok: false, why: 'other-outage', other: one });
  });

  it('can name a run that nobody proposed, and it is none', async () => {
    const [first] = proposal('dev', ['a'], '$x').entries('dev-7');
    if (first === undefined) throw new Error('nothing');
    await forger.invents('dev-7', first, ['a']);
    expect((await journal.read('dev-7')).map(entry => entry.type)).toEqual(['unsealed']);
    expect(harness.mirrored('dev-7')).toEqual([]);
    const own = await propose('dev', ['b']);
    await expect(journal.otherOutage(own)).rejects.toMatchObject({ code: 'journal-unsealed' });
    expect(await restore()).toContainEqual({ run: 'dev-7', added: 0, dropped: 1, voided: [] });
    expect(await journal.runs()).toEqual([own]);
    expect(await journal.locks()).toEqual({ b: own });
    expect(await journal.otherOutage(own)).toBeUndefined();
  });

  it('is put right by a restore: what bears no seal is thrown away, and the run goes on', async () => {
    const id = await propose();
    await add(id, note('ours'));
    await forger.appends(id, { type: 'started', person: 'alice' });
    expect(await restore()).toEqual([{ run: id, added: 0, dropped: 1, voided: [] }]);
    expect(await run(id)).toMatchObject({ strange: undefined, started: undefined, head: { seq: 2 } });
    await add(id, note('on'));
    expect((await run(id)).notes.map(one => one.text)).toEqual(['ours', 'on']);
  });

  it('is put right by a restore where it altered what was mirrored, or put something far behind it', async () => {
    const id = await propose();
    await add(id, note('ours'));
    const texts = await forger.texts(id);
    await forger.rewrites(id, [texts[0] ?? '', (texts[1] ?? '').replace('alice', 'mallory')]);
    await forger.puts(id, 1_000, '{}');
    expect(await restore()).toEqual([{ run: id, added: 1, dropped: 2, voided: [] }]);
    expect(await forger.texts(id)).toEqual(texts);
    await add(id, note('on'));
  });

  it('does not move the time: only tests look at an offset', async () => {
    const redis = harness.redis.client();
    await harness.redis.advance(3_600_000);
    const clock = await redisClock(redis);
    expect(clock.now()).toBeLessThan((await harness.storeTime()) - 3_000_000);
    await redis.del(keys.timeOffset);
  });
});
