import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import { readMark } from '#core/record-heads.ts';
import { StartedBot } from '#test/builders/started-bot.ts';
import { GivenRedis } from '#test/peers/given-redis.ts';
import { missingRedis } from '#test/peers/redis.ts';

const missing = await missingRedis();
const patience = { timeout: 60_000, interval: 25 };

let dir: string;
let redis: GivenRedis;
let bot: StartedBot;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ferry-marked-'));
  mkdirSync(join(dir, 'data'));
  redis = await GivenRedis.start(join(dir, 'data'));
  bot = await StartedBot.prepare({ redisUrl: redis.url });
});
afterEach(async () => {
  await bot?.end();
  await redis?.dies();
  rmSync(dir, { recursive: true, force: true });
});

const state = () => join(bot.dir, 'state');

/** What the account says of a run. */
async function marked(run: string): Promise<number | undefined> {
  const ferry = bot.person('ferry');
  const path = `client/v3/user/${encodeURIComponent(ferry.userId)}/account_data/org.ferry.record`;
  const { status, body } = await ferry.answer('GET', path);
  return status === 200 ? readMark(bot.store.key, bot.store.id, String(body.heads))?.get(run)?.seq : undefined;
}

/** The store, and perhaps the state folder, as they are now. */
async function backUp(): Promise<void> {
  await bot.leave();
  await redis.dies();
  cpSync(join(dir, 'data'), join(dir, 'old-data'), { recursive: true });
  cpSync(state(), join(dir, 'old-state'), { recursive: true });
  await redis.comesBack();
}

/** The store as it was then. */
async function comesBackOlder(): Promise<void> {
  await bot.leave();
  await redis.dies();
  rmSync(join(dir, 'data'), { recursive: true });
  cpSync(join(dir, 'old-data'), join(dir, 'data'), { recursive: true });
  await redis.comesBack();
}

/** A run whose LIVE was asked for when the backup was made, and approved and carried out afterwards; the account says so. */
async function wentOn(): Promise<{ readonly run: string; readonly at: number }> {
  await bot.start();
  await bot.serves('#copr-work:sim');
  const run = await bot.proposes();
  const request = await bot.shows(/Approve LIVE of dev-1/);
  await backUp();
  await bot.start();
  await bot.person('bob').reacts(await bot.room('#copr-work:sim'), request.id, '✅');
  await bot.shows(/Approve OUTAGE[A-Z, ]* of dev-1/);
  let at = 0;
  await vi.waitFor(async () => {
    at = (await bot.app.runs.get(run))?.head.seq ?? 0;
    expect(await marked(run)).toBe(at);
  }, patience);
  return { run, at };
}

async function saysOlder(at: number): Promise<void> {
  for (const room of ['#copr-work:sim', '#copr-prod:sim'])
    expect(
      await bot.shows(
        new RegExp(`record of my runs is older than it was: the store has \\d+ entries of dev-1, and there were ${at}`),
        room,
      ),
    ).toMatchObject({ mentions: ['@dan:sim'] });
  const before = bot.world.effects.length;
  await bot.person('alice').says(await bot.room('#copr-work:sim'), '!upgrade copr-keygen-dev');
  await bot.shows(/older than it was, and I can say nothing that is certain[\s\S]*--older-record/);
  await expect(bot.proposes('copr-keygen-dev')).rejects.toMatchObject({ code: 'store-older' });
  expect(bot.world.effects.slice(before)).toEqual([]);
}

describe.skipIf(missing !== undefined)('the mark in the chat account', { timeout: 180_000 }, () => {
  it('knows better than an older store on a machine whose mirror is fresh; with the newer folder it is restored', async () => {
    const { at } = await wentOn();
    await comesBackOlder();
    renameSync(join(state(), 'journal'), join(dir, 'newer'));
    await bot.start();
    await saysOlder(at);
    await bot.leave();
    rmSync(join(state(), 'journal'), { recursive: true, force: true });
    renameSync(join(dir, 'newer'), join(state(), 'journal'));
    await bot.start();
    await restoreStore(bot.store);
    await bot.shows(/The record of my runs is whole again/);
    await bot.moves(await bot.proposes('copr-keygen-dev'));
  });

  it('knows better where store and mirror both lost their end; who goes on from there says so', async () => {
    const { at } = await wentOn();
    await comesBackOlder();
    rmSync(state(), { recursive: true });
    cpSync(join(dir, 'old-state'), state(), { recursive: true });
    await bot.start();
    await saysOlder(at);
    await bot.leave();
    await bot.start({ older: true });
    await bot.shows(/The record of my runs is whole again/);
    await bot.moves(await bot.proposes('copr-keygen-dev'));
    await bot.leave();
    await bot.start();
    await bot.moves('dev-2');
    await vi.waitFor(async () => expect(await marked('dev-1')).toBeLessThanOrEqual(at + 5), patience);
  });
});
