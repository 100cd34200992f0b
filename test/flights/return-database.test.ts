import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOrderly, expectUndisturbed } from './effects.ts';
import { Flight } from './flight.ts';
import { differences, outline } from './world-as-before.ts';

let flight: Flight;
let before: ReturnType<typeof outline>;

async function goesBack(upgrade: string, target: string): Promise<string> {
  const id = await flight.proposes('alice', upgrade);
  expect((await flight.flies(id)).ended?.outcome).toBe('done');
  const back = await flight.proposes('carol', `!rollback ${target}`);
  const run = await flight.flies(back);
  expect(run).toMatchObject({ what: 'return', ended: { outcome: 'done' } });
  const entries = await flight.entries(back);
  expectUndisturbed(entries);
  expectOrderly(entries);
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
  return back;
}

describe('a database upgraded by link', () => {
  beforeAll(async () => {
    flight = await Flight.start();
    before = outline(flight);
  });
  afterAll(() => flight.stop());

  test('stays where it is: !rollback names the clean snapshot and what to do', async () => {
    const id = await flight.proposes('alice', '!upgrade copr-fe-dev');
    const run = await flight.flies(id);
    const snapshot = run.steps['copr-fe-dev/snapshot-data']?.outputs?.snapshot;
    for (const command of ['!rollback copr-fe-dev', '!rollback copr-fe-dev preview']) {
      await flight.person('carol').says(command);
      await flight.shows(
        new RegExp(`copr-fe-dev can't go back from ${id}: .*; only ${snapshot} \\(the clean snapshots\\)`),
      );
    }
    expect((await flight.app.runs.list({ open: true })).length).toBe(0);
    await flight.person('carol').says('!targets dev');
    const shown = await flight.shows(/^copr-fe-dev .*; old instance kept: !retire copr-fe-dev$/m);
    expect(shown.text).not.toContain('!rollback copr-fe-dev');
    before = outline(flight);
  }, 300_000);

  test('is no hindrance where the new Fedora has the same major: copr-fe goes back', async () => {
    const back = await goesBack('!upgrade copr-fe to 42', 'copr-fe');
    expect((await flight.run(back)).steps['copr-fe/reindex-database']?.status).toBe('done');
  }, 300_000);
});

describe('a database upgraded by copy', () => {
  beforeAll(async () => {
    const copy = (text: string) => text.replaceAll('database_upgrade: link', 'database_upgrade: copy');
    flight = await Flight.start({ estate: copy });
    before = outline(flight);
  });
  afterAll(() => flight.stop());

  test('comes back from its old cluster, behind DATABASE, and the request says what is lost', async () => {
    const back = await goesBack('!upgrade copr-fe-dev', 'copr-fe-dev');
    const run = await flight.run(back);
    expect(run.requests.flatMap(one => one.gates.map(({ gate }) => gate))).toContain('database');
    await flight.shows(
      /^Lost by going back: of copr-fe-dev what was written to the database since the outage of dev-1/m,
    );
    await flight.shows(/put-database-back:? on i-\w+ put \/var\/lib\/pgsql\/data-old \(PostgreSQL 16\) back/);
  }, 300_000);
});
