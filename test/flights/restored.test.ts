import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { awsProofs } from '#cli/check/aws-proofs.ts';
import type { Run } from '#core/run.ts';
import { readEstate } from '#estate/read-estate.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { watchCalls } from '../iam/watch-calls.ts';
import { expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { differences, outline } from './world-as-before.ts';

const { instance: old, volumes } = seededTargets['copr-fe-dev'];
const [original] = volumes;
if (original === undefined) throw new Error('the dev frontend has no volume');

let flight: Flight;
let before: ReturnType<typeof outline>;
let calls: ReturnType<typeof watchCalls>;

beforeEach(async () => {
  flight = await Flight.start();
  before = outline(flight);
  calls = watchCalls(flight.simulator.kernel);
});
afterEach(() => flight.stop());

/** Sets one key of the estate, with no bot there. */
async function changeEstate(path: readonly (string | number)[], value: string): Promise<void> {
  await flight.stopBots();
  const file = join(flight.dir, 'estate.yaml');
  const estate = parseDocument(readFileSync(file, 'utf8'));
  estate.setIn(path, value);
  writeFileSync(file, estate.toString());
  await flight.startBot();
}

/** Flies until a step of the frontend has done its part and halted. */
async function halted(step: string): Promise<Run> {
  const key = `copr-fe-dev/${step}`;
  flight.halting.add(key);
  const id = await flight.proposes('alice', '!upgrade copr-fe-dev');
  return flight.flies(id, one => one.steps[key]?.status === 'halted');
}

/** The volume that was made in the place of the original. */
function restored(): string {
  const made = flight.world().volumes.filter(one => JSON.stringify(one.Tags).includes(original!.id));
  expect(made).toHaveLength(1);
  return made[0]!.VolumeId;
}

/** The old instance serves as before, but on the restored volume, and the upgraded one is kept, tagged. */
async function expectRestored(run: Run): Promise<string> {
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.notes).toEqual([]);
  const volume = restored();
  const world = flight.world().volumes;
  const [made, kept] = [volume, original!.id].map(id => world.find(one => one.VolumeId === id));
  expect(made).toMatchObject({
    State: 'in-use',
    Attachments: [{ InstanceId: old, Device: original!.device, State: 'attached' }],
    AvailabilityZone: kept!.AvailabilityZone,
    Size: kept!.Size,
    VolumeType: kept!.VolumeType,
    Encrypted: true,
  });
  expect(JSON.stringify(made!.Tags)).toContain('"Value":"copr-frontend-dev"');
  expect(kept).toMatchObject({ State: 'available', Attachments: [] });
  expect(kept!.Tags).toContainEqual({ Key: 'CoprFedoraNextWorkflow', Value: 'turned-back' });
  const [data, upgraded] = [volume, original!.id].map(id => flight.simulator.kernel.state.volumes[id]?.Content);
  expect(JSON.stringify(data)).toContain('"postgresMajor":16');
  expect(JSON.stringify(upgraded)).toContain('"postgresMajor":18');
  // Nothing else differs, and the same label is on the same host once.
  await expect
    .poll(() => differences(before, outline(flight)).filter(line => !line.includes(volume)), { timeout: 5_000 })
    .toEqual([expect.stringContaining(`${original!.id} attachments: ["available"`)]);
  expect(calls.denied).toEqual([]);
  return volume;
}

/** What people have to change in the estate then. */
function line(volume: string): string {
  return `change in the estate, targets.copr-fe-dev.volumes: { id: ${volume}, device: ${original!.device} } instead of ${original!.id}`;
}

/** What was changed in AWS and on hosts since a sequence number. */
function touched(since: number) {
  return flight.effects(since).filter(one => one.service === 'ec2' || one.service === 'host');
}

test('in the outage, after upgrade-database by link, !rollback ends with the old database on a volume made from the clean snapshot', async () => {
  const { id } = await halted('reindex-database');
  const since = flight.seq;
  await flight.person('alice').says(`!rollback ${id} preview`);
  const preview = await flight.shows(/^The way back of .* as it would be now/);
  expect(preview.text).toMatch(
    /About \d+ \w+ until copr-fe-dev serves again\.\nIt loses all that was written to the database of copr-fe-dev since its clean snapshot, snap-\w+ of vol-\w+, made at \d\d:\d\d UTC \(the last \d+ s\)\./,
  );
  expect(preview.text).toContain('so a second person is asked for it first');
  expect(flight.effects(since).filter(one => one.service === 'ec2')).toEqual([]);
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  const volume = await expectRestored(run);
  const asked = await flight.shows(/Approve UNDO of dev-1/);
  expect(asked.text).toMatch(
    /^Users: .*\nIt loses all that was written to the database of copr-fe-dev since its clean snapshot, snap-\w+ of vol-\w+, made at \d\d:\d\d UTC/m,
  );
  expect(asked.text).toMatch(/; not alice, who asked\.$/m);
  expect(run.requests.at(-1)).toMatchObject({ gates: [{ gate: 'undo' }], status: 'approved' });
  // Nothing was touched before somebody else agreed.
  const agreed = flight.approved.find(one => one.gates.includes('undo'))?.seq ?? Number.POSITIVE_INFINITY;
  expect(touched(since).filter(one => one.seq < agreed)).toEqual([]);
  expectOnce(flight.effects(since));
  await flight.shows(
    new RegExp(
      `restore-database: done\\. ${volume} is the database's volume now; ${original!.id}, the upgraded one, is kept\\. Change in the estate, targets\\.copr-fe-dev\\.volumes: \\{ id: ${volume}, device: ${original!.device} \\} instead of ${original!.id}\\.`,
    ),
  );
  await flight.shows(
    new RegExp(`Kept of copr-fe-dev until somebody deletes it: ${original!.id}, the data as upgraded`),
  );
  // The next run and `ferry check` say at once what has to be changed.
  flight.halting.clear();
  const next = await flight.proposes('alice', '!upgrade copr-fe-dev');
  await flight.flies(next, one => one.steps['copr-fe-dev/check-readiness']?.status === 'halted', { halts: true });
  expect((await flight.run(next)).steps['copr-fe-dev/check-readiness']?.halt?.sentence).toContain(line(volume));
  const estate = await readEstate(join(flight.dir, 'estate.yaml'));
  const proof = awsProofs(estate, () => flight.app.engine.readers.compute).find(one => one.of === 'aws copr-fe-dev');
  await expect(proof?.see()).rejects.toThrow(line(volume));
}, 300_000);

test('once the estate names the restored volume !retire removes the snapshots of that run; the upgraded volume is left to people', async () => {
  const { id, uid } = await halted('reindex-database');
  await flight.person('alice').says(`!rollback ${id}`);
  await expectRestored(await flight.flies(id));
  flight.halting.clear();
  await changeEstate(['targets', 'copr-fe-dev', 'volumes', 0, 'id'], restored());
  const mine = () =>
    Object.values(flight.simulator.kernel.state.snapshots).filter(one => JSON.stringify(one.Tags).includes(`"${uid}.`));
  const others = Object.keys(flight.simulator.kernel.state.snapshots).length - mine().length;
  expect(mine()).toHaveLength(2);
  expect(mine().every(one => JSON.stringify(one.Tags).includes('"turned-back"'))).toBe(true);
  const since = flight.seq;
  const retirement = await flight.proposes('alice', '!retire copr-fe-dev');
  expect((await flight.flies(retirement)).ended?.outcome).toBe('done');
  expect(mine()).toEqual([]);
  expect(Object.keys(flight.simulator.kernel.state.snapshots)).toHaveLength(others);
  const gone = flight.effects(since).filter(one => one.action === 'DeleteSnapshot');
  const agreed = flight.approved.find(one => one.gates.includes('retire'))?.seq ?? Number.POSITIVE_INFINITY;
  expect(gone).toHaveLength(2);
  expect(gone.every(one => one.seq > agreed)).toBe(true);
  expect(flight.world().volumes.find(one => one.VolumeId === original!.id)?.State).toBe('available');
  const asked = await flight.shows(/Approve RETIRE of dev-2/);
  expect(asked.text).toMatch(/delete-snapshots: delete snap-\w+.*for good/);
  await flight.person('alice').says('!targets dev');
  await flight.shows(
    new RegExp(`Kept of copr-fe-dev until somebody deletes it: ${original!.id}, the data as upgraded`),
  );
  expect(calls.denied).toEqual([]);
}, 300_000);

test('in the settle window too, and services go away once more only when a second person has agreed', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-fe-dev');
  await flight.flies(id, run => run.window !== undefined, { settles: false });
  await flight.shows(
    /^Over: .*\nBoth instances are kept .*: until then !rollback dev-1, about .*, loses all that was written .* and a second person agrees first\./,
  );
  const since = flight.seq;
  await flight.person('bob').says(`!rollback ${id}`);
  const asked = await flight.shows(/: carol or dan; not alice or bob, who asked\./);
  // What ran when it was said has ended by now.
  const waits = flight.seq;
  await flight.person('bob').reacts('✅', asked);
  await flight.until(
    'that bob does not count',
    async () => (await flight.entries(id)).some(entry => entry.type === 'not-counted') || undefined,
  );
  expect(touched(waits)).toEqual([]);
  const run = await flight.flies(id, undefined, { approver: 'carol' });
  await expectRestored(run);
  const effects = flight.effects(since);
  const tell = effects.findIndex(one => JSON.stringify(one.args).includes('another outage begins now'));
  const stopped = effects.findIndex(one => one.action === 'unit-stopped');
  expect(tell).toBeGreaterThanOrEqual(0);
  expect(stopped).toBeGreaterThan(tell);
}, 300_000);

test('without the clean snapshot !rollback is refused, and says what to type to load the dump', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-fe-dev');
  await flight.flies(id, one => flight.waitsForStart(one), { starts: false });
  await flight.person('alice').says('!skip copr-fe-dev snapshot-data because no time');
  await flight.flies(id, one => one.steps['copr-fe-dev/snapshot-data']?.status === 'skipped', { starts: false });
  flight.halting.add('copr-fe-dev/reindex-database');
  await flight.flies(id, one => one.steps['copr-fe-dev/reindex-database']?.status === 'halted');
  await flight.person('alice').says(`!rollback ${id}`);
  const refused = await flight.shows(/there is no whole way back: copr-fe-dev: this run made no clean snapshot/);
  expect(refused.text).toMatch(
    /only the dump is left, by hand: .*detach-volume.*attach-volume.*postgresql-setup --initdb.*xzcat/s,
  );
}, 300_000);

test('by copy the old cluster goes back on its own volume: nothing is asked, no volume is made', async () => {
  await changeEstate(['environments', 'dev', 'options', 'database_upgrade'], 'copy');
  const { id } = await halted('reindex-database');
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.requests.map(one => one.gates.map(({ gate }) => gate))).not.toContainEqual(['undo']);
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
}, 300_000);
