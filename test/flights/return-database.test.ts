import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
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

  test('comes back from the clean snapshot, behind DATABASE, and the request says what is lost', async () => {
    const upgrade = await flight.proposes('alice', '!upgrade copr-fe-dev');
    const run = await flight.flies(upgrade);
    const snapshot = String(run.steps['copr-fe-dev/snapshot-data']?.outputs?.snapshot);
    const original = seededTargets['copr-fe-dev'].volumes[0]?.id ?? '';
    const lost = `Lost by going back: of copr-fe-dev all that was written to the database since the outage of ${upgrade}: it comes back from the clean snapshots \\(${snapshot} of ${original}\\)`;
    await flight.person('carol').says('!rollback copr-fe-dev preview');
    await flight.shows(new RegExp(`^The way back of copr-fe-dev[\\s\\S]*^${lost}`, 'm'));
    const back = await flight.proposes('carol', '!rollback copr-fe-dev');
    expect((await flight.flies(back)).ended?.outcome).toBe('done');
    expectUndisturbed(await flight.entries(back));
    await flight.shows(new RegExp(`Approve DATABASE of ${back}[\\s\\S]*^${lost}`, 'm'));
    const { volumes } = flight.world();
    const made = volumes.find(one => one.State === 'in-use' && JSON.stringify(one.Tags).includes(original));
    expect(made?.Attachments).toMatchObject([{ InstanceId: seededTargets['copr-fe-dev'].instance, State: 'attached' }]);
    expect(made?.Content.fileSystem?.data.postgresMajor).toBe(16);
    const kept = volumes.find(one => one.VolumeId === original);
    expect(kept).toMatchObject({ State: 'available' });
    expect(kept?.Tags).toContainEqual({ Key: 'CoprFedoraNextWorkflow', Value: 'turned-back' });
    const moved = [original, made?.VolumeId ?? ''];
    const left = () => differences(before, outline(flight)).filter(line => !moved.some(id => line.includes(id)));
    await expect.poll(left, { timeout: 5_000 }).toEqual([]);
    await flight.shows(new RegExp(`Kept of copr-fe-dev until somebody deletes it: ${original}`));
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
      /^Lost by going back: of copr-fe-dev all that was written to the database since the outage of dev-1: its old cluster/m,
    );
    await flight.shows(/put-database-back:? on i-\w+ put \/var\/lib\/pgsql\/data-old \(PostgreSQL 16\) back/);
  }, 300_000);
});
