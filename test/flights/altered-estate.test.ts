import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Run } from '#core/run.ts';
import { Flight } from './flight.ts';

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start();
});
afterAll(() => flight.stop());

/** Somebody edits the estate's file, which the bot follows. */
function says(path: readonly string[], value: unknown): void {
  const file = join(flight.dir, 'estate.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.setIn(path, value);
  writeFileSync(file, document.toString());
}

const option = (name: string) => ['environments', 'dev', 'options', name];
const waitsForStart = (run: Run) => flight.waitsForStart(run);

test('an altered estate voids what was approved, is asked anew with what differs, and is what is done', async () => {
  const since = flight.seq;
  const id = await flight.proposes('alice', '!upgrade copr-keygen-dev');
  await flight.flies(id, waitsForStart, { starts: false });
  const old = (await flight.run(id)).requests.length;
  const first = await flight.shows(new RegExp(`Approve OUTAGE, .* of ${id}`));

  says(option('power_off_old'), true);
  const told = await flight.shows(new RegExp(`The estate's file was altered, and ${id} takes it`));
  expect(told.text).toContain('environments.dev.options.power_off_old: false → true');
  const voided = await flight.shows(/The request for OUTAGE.* is void/);
  expect(voided.text).toContain('environments.dev.options.power_off_old: false → true');

  // The old request still stands in the room, with bob's answer and now carol's.
  await flight.person('carol').reacts('✅', first);
  const anew = await flight.until('a new request', async () => {
    const { requests } = await flight.run(id);
    return requests.length > old ? requests.at(-1) : undefined;
  });
  expect(anew.because).toEqual(["the estate's file was altered"]);
  expect((await flight.run(id)).requests.filter(one => one.status === 'approved' && one.seq < anew.seq)).toEqual([]);
  const asked = await flight.shows(
    new RegExp(`Approve OUTAGE, .* of ${id}.*Asked again: the estate's file was altered`, 's'),
  );
  expect(asked.text).toContain('environments.dev.options.power_off_old: false → true');
  await flight.begins(id);
  await flight.shows(new RegExp(`${id} can't start`));

  // In the outage it keeps what was approved anew.
  await flight.flies(id, run => run.outageBegun);
  says(option('quiet_old'), 'mask');
  const kept = await flight.shows(new RegExp(`The estate's file was altered; ${id} keeps what it was approved with`));
  expect(kept.text).toContain('environments.dev.options.quiet_old: stop → mask');
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('done');
  expect(run.steps['copr-keygen-dev/power-off-old']?.status).toBe('done');
  const effects = flight.effects(since) as readonly { action: string }[];
  const firstOf = (action: string) => effects.findIndex(one => one.action === action);
  expect(firstOf('powered-off')).toBeGreaterThan(-1);
  expect(firstOf('powered-off')).toBeLessThan(firstOf('DetachVolume'));
  expect((await flight.said()).filter(one => one.text.includes('keeps what it was approved with'))).toHaveLength(1);
}, 300_000);

test('a file with a mistake, or one that says nothing else for a run, voids nothing', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-dist-git-dev');
  const ready = await flight.flies(id, waitsForStart, { starts: false });
  const { head } = ready;
  const file = join(flight.dir, 'estate.yaml');
  const good = readFileSync(file, 'utf8');
  const before = flight.logged.length;
  writeFileSync(file, good.replace('power_off_old:', 'power_of_old:'));
  await flight.until('a word of the mistake', async () =>
    flight.logged.slice(before).find(line => line.includes('the changed estate has a mistake')),
  );
  writeFileSync(file, good);
  says(['targets', 'copr-fe', 'root_gib'], 900);
  says(['environments', 'dev', 'settle_for'], '2h');
  await flight.until('the new estate', async () =>
    flight.app.live.estate.environments.dev?.settleFor === 7_200_000 ? true : undefined,
  );
  const run = await flight.run(id);
  expect(run.requests.map(one => one.status)).toEqual(ready.requests.map(() => 'approved'));
  const since = (await flight.entries(id)).filter(entry => entry.seq > head.seq).map(entry => entry.type);
  expect(since.filter(type => type === 'estate-altered' || type === 'estate-kept' || type === 'voided')).toEqual([]);
}, 300_000);
