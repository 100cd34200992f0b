import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectGated, expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start({ reply: 5_000 });
});
afterAll(() => flight.stop());

test('with hosts that take their time over every command a run ends as the room says, and nothing is made twice', async () => {
  const since = flight.seq;
  const slow = flight.simulator.kernel.addFault({ service: 'ssh' }, 'slow', 1_000_000, undefined, { delayMs: 400 });
  const id = await flight.proposes('alice', '!upgrade copr-keygen-dev');
  const run = await flight.flies(id);
  flight.mends(slow);
  expect(run.ended?.outcome).toBe('done');
  expect((await flight.entries(id)).filter(entry => entry.type === 'halted')).toEqual([]);
  const said = (await flight.said()).map(one => one.text);
  for (const once of [`OUTAGE begins: ${id}`, `Over: ${id}`, `${id} has ended: done`])
    expect(
      said.filter(text => text.startsWith(once)),
      once,
    ).toHaveLength(1);
  expectUpgraded(flight.world(), 'copr-keygen-dev');
  expectOnce(flight.effects(since));
  expectGated(flight.effects(since), flight.approved);
}, 300_000);
