import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { changeOf } from '#core/fold.ts';
import type { Run } from '#core/run.ts';
import { Flight } from './flight.ts';
import { differences, outline } from './world-as-before.ts';

let flight: Flight;
let before: ReturnType<typeof outline>;

beforeAll(async () => {
  flight = await Flight.start({ bots: 0 });
  // The upgrade to another PostgreSQL has a way back then: whether the whole has one is the schema's alone to say.
  const file = join(flight.dir, 'estate.yaml');
  const estate = parseDocument(readFileSync(file, 'utf8'));
  for (const environment of ['dev', 'prod'])
    estate.setIn(['environments', environment, 'options', 'database_upgrade'], 'copy');
  writeFileSync(file, estate.toString());
  await flight.startBot();
  before = outline(flight);
});
afterAll(() => flight.stop());

const migrations = () => flight.effects().filter(effect => effect.action === 'database-migrated');

/** Flies until migrate-database has done its part and halted. */
async function migrated(target: string): Promise<Run> {
  const key = `${target}/migrate-database`;
  flight.halting.add(key);
  const id = await flight.proposes('alice', `!upgrade ${target}`);
  const run = await flight.flies(id, one => one.steps[key]?.status === 'halted');
  expect(run.steps[key]?.halt, 'all its changes were made').toMatchObject({ code: 'not-verified' });
  return run;
}

test('dev: a schema that is as copr-frontend needs it is left alone, and !rollback brings everything back', async () => {
  const halted = await migrated('copr-fe-dev');
  const { id } = halted;
  expect(migrations()).toEqual([]);
  expect(changeOf(halted, 'copr-fe-dev/migrate-database/1')).toMatchObject({ found: true, outcome: 'made' });
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.notes).toEqual([]);
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
}, 300_000);

test('prod: an older schema is migrated once, only after DATABASE, and goes back by the clean snapshot alone', async () => {
  const { id } = await migrated('copr-fe');
  const asked = await flight.shows(/^ {2}DATABASE, copr-fe:$/m);
  const line =
    /on i-[0-9a-f]{17} migrate the schema of coprdb where copr-frontend's version needs it; afterwards the old frontend can't use it/;
  expect(asked.text).toMatch(line);
  expect(asked.text).toMatch(/It can't undo:\n {4}- on i-.* migrate the schema of coprdb/);
  expect(asked.text).toMatch(
    /From copr-fe\/migrate-database on.* the way back of copr-fe is by restore-database, from what snapshot-data keeps: it loses all that was written since/,
  );
  const approved = flight.approved.find(one => one.run === id && one.gates.includes('database'))?.seq;
  expect(migrations()).toMatchObject([{ args: { from: '06b208e317a3', schema: 'bb52d9f878f5' } }]);
  expect(migrations()[0]?.seq).toBeGreaterThan(approved ?? Number.POSITIVE_INFINITY);
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.requests.at(-1)?.gates).toMatchObject([{ gate: 'undo' }]);
  // The upgraded cluster, its old one beside it, is kept as it is: nothing of it is moved.
  expect(Object.values(run.changes).some(({ id: change }) => change.includes('undo-upgrade-database/1'))).toBe(false);
  const made = flight.world().volumes.filter(one => JSON.stringify(one.Tags).includes('OriginalVolume'));
  expect(made.map(one => one.State)).toEqual(['in-use']);
  expect(migrations()).toHaveLength(1);
}, 300_000);
