import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SeededName } from '#sim/ec2/seeded-targets.ts';
import { expectGated, expectOnce, expectOrderly, expectUndisturbed } from './effects.ts';
import { Flight } from './flight.ts';
import { expectInventory, expectNothingLeft, expectRetired, expectUpgraded, type World } from './landed.ts';

/** Each environment has one outage at a time; the two go side by side. */
const inTurn: readonly (readonly SeededName[])[] = [
  ['copr-keygen-dev', 'copr-be-dev', 'copr-dist-git-dev', 'copr-fe-dev'],
  ['copr-fe', 'copr-dist-git', 'copr-be', 'copr-keygen'],
];
const all = inTurn.flat();

let flight: Flight;
let before: World;
const worlds = new Map<SeededName, { upgraded: World; retired: World }>();
const runs: string[] = [];

beforeAll(async () => {
  flight = await Flight.start();
  before = flight.world();
  await Promise.all(inTurn.map(flyInTurn));
}, 300_000);
afterAll(() => flight.stop());

async function flyInTurn(targets: readonly SeededName[]): Promise<void> {
  for (const target of targets) {
    const upgrade = await flight.proposes('alice', `!upgrade ${target}`);
    runs.push(upgrade);
    await flight.flies(upgrade);
    const upgraded = flight.world();
    const retirement = await flight.proposes('carol', `!retire ${target}`);
    runs.push(retirement);
    await flight.flies(retirement);
    worlds.set(target, { upgraded, retired: flight.world() });
  }
}

test.each(all)('%s is upgraded by itself: another instance has its name, addresses, volumes and data', target => {
  expectUpgraded(worlds.get(target)?.upgraded as World, target);
});

test.each(all)('%s is retired: the old instance and its root are gone, the new one is as it was', target => {
  expectRetired(worlds.get(target)?.retired as World, target);
});

test('a temporary volume is deleted, and nothing else is left over', () => {
  expectNothingLeft(before, flight.world());
});

test('the inventory is byte for byte what it was, but for the private addresses of the backends', () => {
  expectInventory(before, flight.world(), all);
});

test('no run halts, drifts or asks for anything but approval', async () => {
  for (const run of runs) expectUndisturbed(await flight.entries(run));
  expect(flight.logged).toEqual([]);
});

test('each change is made once, and none behind a gate before its approval', async () => {
  expectOnce(flight.effects());
  expectGated(flight.effects(), flight.approved);
  for (const run of runs) expectOrderly(await flight.entries(run));
});
