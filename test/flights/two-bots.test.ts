import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectGated, expectOnce, expectOrderly } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start({ bots: 2 });
});
afterAll(() => flight.stop());

test('two bots on one store do a run once, and answer once', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-keygen-dev');
  expect((await flight.flies(id)).ended?.outcome).toBe('done');
  await flight.shows(new RegExp(`${id} has ended: done`));
  await flight.person('carol').says('!whoami');
  await flight.shows(/@carol:sim/);
  expectUpgraded(flight.world(), 'copr-keygen-dev');
  expectOnce(flight.effects());
  expectGated(flight.effects(), flight.approved);
  expectOrderly(await flight.entries(id));
  const said = await flight.said();
  const texts = said.map(one => one.text);
  expect(said.filter(one => one.card.run === id && one.card.kind === 'start')).toHaveLength(1);
  for (const once of [`OUTAGE begins: ${id}`, `Over: ${id}`, `${id} has ended`])
    expect(
      texts.filter(text => text.startsWith(once)),
      once,
    ).toHaveLength(1);
  expect(texts.filter(text => /\bcarol\b/.test(text) && /@carol:sim/.test(text))).toHaveLength(1);
}, 300_000);
