import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import { expectGated, expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';

const all = Object.keys(seededTargets) as SeededName[];
const environments = ['dev', 'prod'] as const;

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start();
});
afterAll(() => flight.stop());

test('with the store wiped in both outages nothing more is begun, the room says what is known; restored, all is made once', async () => {
  const ids: string[] = [];
  for (const environment of environments) ids.push(await flight.proposes('alice', `!upgrade ${environment}`));
  // Both are in the middle of it: the old volumes have left, the new ones aren't there yet.
  const away = ids.map(id =>
    flight.flies(id, run => Object.values(run.steps).filter(one => isAway(one.node.step, one.status)).length >= 2),
  );
  await Promise.all(away);
  await flight.wipesStore();

  const said = await flight.shows(/The record of my runs is gone/);
  for (const id of ids) expect(said.text).toMatch(new RegExp(`0 entries of ${id}|${id} .*in an outage`));
  const answers = async (count: number) => {
    await flight.person('alice').says('!status');
    await flight.until(`answer ${count}`, async () => {
      const all = await flight.said();
      return all.filter(one => one.text.includes('I can say nothing that is certain')).length === count || undefined;
    });
  };
  await answers(1);
  const since = flight.seq;
  await answers(2);
  const calls = flight.effects(since).filter(({ service }) => service === 'ec2');
  expect(calls, 'nothing is begun on a record that is gone').toEqual([]);

  await flight.restoresStore();
  await flight.shows(/The record of my runs is whole again/);
  const runs = await Promise.all(ids.map(id => flight.flies(id)));
  expect(runs.map(run => run.ended?.outcome)).toEqual(['done', 'done']);
  for (const id of ids) {
    await flight.shows(new RegExp(`^${id} has ended: done`));
    const over = (await flight.said()).filter(one => one.text.startsWith(`Over: ${id}`));
    expect(over).toHaveLength(1);
  }
  for (const target of all) expectUpgraded(flight.world(), target);
  expectOnce(flight.effects());
  expectGated(flight.effects(), flight.approved);
}, 300_000);

function isAway(step: string, status: string): boolean {
  return step === 'detach-data' && status === 'done';
}
