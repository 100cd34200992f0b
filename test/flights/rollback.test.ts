import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '#core/run.ts';
import { Flight } from './flight.ts';
import { differences, outline } from './world-as-before.ts';

/**
 * Where each target of a run of the whole environment stops, and turns back: from the first step of its outage to the
 * last that can be undone. Each way back undoes all the steps before it, so every step of every role is undone here.
 */
const stops: readonly Readonly<Record<string, string>>[] = [
  {
    'copr-be-dev': 'drain-builders',
    'copr-fe-dev': 'stop-services',
    'copr-dist-git-dev': 'finish-work',
    'copr-keygen-dev': 'move-address',
  },
  {
    'copr-be-dev': 'unmount-data',
    'copr-fe-dev': 'copy-root-state',
    'copr-dist-git-dev': 'detach-data',
    'copr-keygen-dev': 'provision',
  },
  {
    'copr-be-dev': 'provision',
    'copr-fe-dev': 'mount-data',
    'copr-dist-git-dev': 'enable-services',
    'copr-keygen-dev': 'switch-signing',
  },
];

let flight: Flight;
let before: ReturnType<typeof outline>;

beforeAll(async () => {
  flight = await Flight.start();
  before = outline(flight);
});
afterAll(() => flight.stop());

function halted(run: Run, keys: readonly string[]): boolean {
  const steps = Object.values(run.steps);
  return keys.every(key => run.steps[key]?.status === 'halted') && steps.every(step => step.status !== 'running');
}

/** Flies until the steps have halted after all their changes, turns back, and waits until everybody was told. */
async function thereAndBack(upgrade: string, keys: readonly string[]): Promise<Run> {
  for (const key of keys) flight.halting.add(key);
  const id = await flight.proposes('alice', `!upgrade ${upgrade}`);
  await flight.flies(id, run => halted(run, keys));
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  for (const key of keys) flight.halting.delete(key);
  await flight.until(
    'all told',
    async () => Object.values((await flight.run(id)).owed).every(one => one.told) || undefined,
  );
  return run;
}

/** Builders come back by themselves, a moment later. */
async function expectAsBefore(): Promise<void> {
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
}

test.each(stops)(
  '%o: all is as it was after !rollback',
  async stop => {
    const run = await thereAndBack(
      'dev',
      Object.entries(stop).map(([target, step]) => `${target}/${step}`),
    );
    expect(run.ended?.outcome).toBe('rolled-back');
    expect(run.requests, 'the way back was in what was approved').toHaveLength(3);
    expect(run.notes).toEqual([]);
    await expectAsBefore();
  },
  200_000,
);

test.each([
  ['copr-be-dev', 'quiet-old'],
  ['copr-keygen-dev', 'quiet-old'],
])(
  '%s: after the outage too !rollback from %s brings everything back',
  async (target, step) => {
    const run = await thereAndBack(target, [`${target}/${step}`]);
    expect(run.ended?.outcome).toBe('rolled-back');
    await expectAsBefore();
  },
  200_000,
);

test('one target turns back alone while the others go on', async () => {
  const key = 'copr-dist-git-dev/mount-data';
  flight.halting.add(key);
  const id = await flight.proposes('alice', '!upgrade copr-dist-git-dev copr-keygen-dev');
  await flight.flies(id, run => halted(run, [key]));
  await flight.person('alice').says('!rollback copr-dist-git-dev');
  const run = await flight.flies(id);
  flight.halting.delete(key);
  expect(run.ended?.outcome).toBe('done');
  expect(run.turned).toEqual({ 'copr-dist-git-dev': 'rollback' });
  const left = differences(before, outline(flight)).filter(line => /i-0b52c8e76d1f3a904|3\.91\.126\.88/.test(line));
  expect(left).toEqual([]);
  before = outline(flight);
}, 300_000);

test('once the database is upgraded there is no way back, and !rollback says so', async () => {
  const key = 'copr-fe-dev/upgrade-database';
  flight.halting.add(key);
  const id = await flight.proposes('alice', '!upgrade copr-fe-dev');
  await flight.flies(id, run => halted(run, [key]));
  await flight.person('alice').says(`!rollback ${id}`);
  await flight.shows(/there is no whole way back/);
  flight.halting.delete(key);
  await flight.person('alice').says(`!retry ${id}`);
  expect((await flight.flies(id, undefined, { halts: true })).ended?.outcome).toBe('done');
  before = outline(flight);
}, 300_000);

test('!cancel before the outage undoes all that was prepared', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-be copr-fe');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  await flight.person('bob').says(`!cancel ${id} because not today`);
  expect((await flight.flies(id)).ended?.outcome).toBe('cancelled');
  await expectAsBefore();
}, 300_000);
