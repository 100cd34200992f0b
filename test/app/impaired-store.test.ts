import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartedBot } from '#test/builders/started-bot.ts';
import { GivenRedis } from '#test/peers/given-redis.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { effectsPerTarget } from '#test/toy-procedure.ts';

const missing = await missingRedis();
const small = smallDisk() !== undefined;
const patience = { timeout: 60_000, interval: 25 };

let dir: string;
let redis: GivenRedis;
let bot: StartedBot;
const disks: (() => void)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ferry-impaired-'));
});
afterEach(async () => {
  await bot?.stop();
  await redis?.dies();
  for (const unmount of disks.splice(0)) unmount();
  await bot?.end();
  rmSync(dir, { recursive: true, force: true });
});

/** A disk of 16 MB at a folder. @returns how to take it away; undefined where we may not mount. */
function smallDisk(at?: string): (() => void) | undefined {
  const folder = at ?? mkdtempSync(join(tmpdir(), 'ferry-disk-'));
  const away = () => execFileSync('umount', ['--lazy', folder]);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  if (at !== undefined) return away;
  away();
  rmdirSync(folder);
  return () => undefined;
}

/** Nothing more goes onto a disk. @returns takes it away again. */
function fill(folder: string): () => void {
  const file = join(folder, 'full');
  expect(() => execFileSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k'], { stdio: 'ignore' })).toThrow();
  return () => rmSync(file);
}

/** The bot on a Redis of somebody else's. */
async function started(folder = dir): Promise<void> {
  redis = await GivenRedis.start(folder);
  bot = await StartedBot.prepare({ redisUrl: redis.url });
}

/** What is amiss was said once in each work room, and once that it is over. */
async function saidOnce(amiss: RegExp): Promise<void> {
  for (const room of ['#copr-work:sim', '#copr-prod:sim']) {
    await bot.shows(/^My store takes writes again: runs go on\.$/, room);
    const said = (await bot.said(room)).map(one => one.text);
    expect(said.filter(text => /nothing is recorded/.test(text))).toEqual([expect.stringMatching(amiss)]);
    expect(said.filter(text => /takes writes again/.test(text))).toHaveLength(1);
  }
}

/** Waits until something is so of the run, by the store. */
async function runIs(id: string, what: string, is: (run: Awaited<ReturnType<StartedBot['moves']>>) => boolean) {
  await vi.waitFor(async () => {
    const run = await bot.app.runs.get(id);
    if (run === undefined || !is(run)) throw new Error(`${id} isn't ${what}: ${JSON.stringify(run?.steps)}`);
  }, patience);
}

/** A run of copr-be-dev, approved and started by people in the room, whose brew goes on until it is told to end. */
async function inItsOutage(): Promise<string> {
  bot.world.slowBrews = true;
  await bot.start();
  const room = await bot.room('#copr-work:sim');
  const [alice, bob] = [bot.person('alice'), bot.person('bob')];
  await bot.serves('#copr-work:sim');
  await alice.says(room, '!upgrade copr-be-dev');
  for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) {
    const request = await bot.shows(new RegExp(`Approve [A-Z, ]*${gate}[A-Z, ]* of dev-1`));
    await bob.reacts(room, request.id, '✅');
    await bot.shows(new RegExp(`bob approved [A-Z, and]*${gate}`));
  }
  await alice.says(room, '!start dev-1');
  await runIs('dev-1', 'brewing', run => run.steps['copr-be-dev/brew']?.status === 'running');
  await vi.waitFor(() => expect(Object.values(bot.world.state.brews)).toHaveLength(1), patience);
  return 'dev-1';
}

/** It went on, to its end, with each effect once. */
async function wentOn(id: string): Promise<void> {
  await runIs(id, 'done', run => run.ended?.outcome === 'done');
  const all = bot.world.effects.map(effect => `${effect.action} ${JSON.stringify(effect.args)}`);
  const effects = all.filter(effect => effect.includes('copr-be-dev'));
  expect(new Set(effects).size).toBe(effectsPerTarget);
  expect(effects).toHaveLength(effectsPerTarget);
}

describe.skipIf(missing !== undefined)('a store that is impaired during an outage', { timeout: 180_000 }, () => {
  it.each([
    {
      kind: 'read-only',
      amiss: /^@dan My store is read-only \(a replica: READONLY\)/,
      breaks: () => redis.does('REPLICAOF', '127.0.0.1', '1'),
      mends: () => redis.does('REPLICAOF', 'NO', 'ONE'),
    },
    {
      kind: 'unable to save',
      amiss: /^@dan My store can't write to its disk \(MISCONF\)/,
      breaks: async () => {
        // Where the snapshot would go something else lies: the save fails, and from then on Redis takes no writes.
        mkdirSync(join(dir, 'dump.rdb'));
        writeFileSync(join(dir, 'dump.rdb', 'in the way'), '');
        await redis.does('CONFIG', 'SET', 'save', '3600 1');
        await redis.does('BGSAVE');
      },
      mends: async () => {
        rmSync(join(dir, 'dump.rdb'), { recursive: true });
        await redis.does('BGSAVE');
      },
    },
  ])(
    '$kind: it is said once, on-call is called, and the run goes on when it is mended, with no effect twice',
    async ({ amiss, breaks, mends }) => {
      await started();
      const run = await inItsOutage();
      const before = bot.world.effects.length;
      await breaks();
      // What was begun ends meanwhile, and nobody can write it down.
      bot.world.finishBrews();
      for (const room of ['#copr-work:sim', '#copr-prod:sim'])
        expect(await bot.shows(amiss, room)).toMatchObject({ mentions: ['@dan:sim'], notice: false });
      await bot.person('alice').says(await bot.room('#copr-work:sim'), '!upgrade copr-keygen-dev');
      expect(bot.world.effects.slice(before)).toEqual([]);
      await mends();
      await saidOnce(amiss);
      await wentOn(run);
      await bot.shows(/Approve LIVE of dev-2/);
    },
  );

  it('gone between a change and what is written of it: the change is looked for, and not made again', async () => {
    await started();
    const release = (await inItsOutageWith('ring'))!;
    await redis.dies();
    release();
    await bot.shows(/^@dan My store doesn't answer/);
    await bot.person('alice').says(await bot.room('#copr-work:sim'), '!upgrade copr-keygen-dev');
    await redis.comesBack();
    await saidOnce(/doesn't answer/);
    await wentOn('dev-1');
    await bot.shows(/Approve LIVE of dev-2/);
  });

  it.skipIf(!small)('whose disk is full ends by itself; with room again it goes on', async () => {
    const disk = join(dir, 'disk');
    mkdirSync(disk);
    disks.push(smallDisk(disk)!);
    await started(disk);
    const run = await inItsOutage();
    const makeRoom = fill(disk);
    await redis.ended;
    bot.world.finishBrews();
    await bot.shows(/^@dan My store doesn't answer/);
    makeRoom();
    await redis.comesBack();
    await saidOnce(/doesn't answer/);
    await wentOn(run);
  });

  it.skipIf(!small)('with a full disk under its mirror: it is said, and with room again the run goes on', async () => {
    await started();
    const state = join(bot.dir, 'state');
    mkdirSync(state);
    disks.push(smallDisk(state)!);
    const run = await inItsOutage();
    const makeRoom = fill(state);
    bot.world.finishBrews();
    await bot.shows(/^@dan The disk of my state folder is full/);
    makeRoom();
    await saidOnce(/disk of my state folder is full/);
    await wentOn(run);
  });
});

/** An outage that stands in the midst of an action: done, and not answered. @returns lets the answer go. */
async function inItsOutageWith(action: 'ring'): Promise<(() => void) | undefined> {
  const release = bot.world.fault('hold-after', { action });
  await inItsOutage();
  bot.world.finishBrews();
  await vi.waitFor(() => expect(bot.world.state.rings).toHaveLength(1), patience);
  return release;
}
