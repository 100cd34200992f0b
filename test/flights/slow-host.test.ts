import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import { expectGated, expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';

/** In `npm run flights` prod too, and slower hosts. */
const long = process.env.FERRY_FLIGHTS !== undefined;
const environments = long ? (['dev', 'prod'] as const) : (['dev'] as const);
const delayMs = long ? 400 : 150;

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start({ reply: 5_000 });
});
afterAll(() => flight.stop());

test.each(environments)(
  '%s: with hosts that take their time over every command a run ends as the room says, and nothing is made twice',
  async environment => {
    const since = flight.seq;
    const slow = flight.simulator.kernel.addFault({ service: 'ssh' }, 'slow', 1_000_000, undefined, { delayMs });
    const id = await flight.proposes('alice', `!upgrade ${environment}`);
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
    const targets = (Object.keys(seededTargets) as SeededName[]).filter(
      name => seededTargets[name].environment === environment,
    );
    for (const target of targets) expectUpgraded(flight.world(), target);
    expectOnce(flight.effects(since));
    expectGated(flight.effects(since), flight.approved);
  },
  600_000,
);
