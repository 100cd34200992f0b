import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '#core/run.ts';
import type { SeededName } from '#sim/ec2/seeded-targets.ts';
import { watchCalls } from '../iam/watch-calls.ts';
import { expectGated, expectOrderly, expectUndisturbed } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';
import { differences, outline } from './world-as-before.ts';

let flight: Flight;
let before: ReturnType<typeof outline>;
let calls: ReturnType<typeof watchCalls>;

beforeAll(async () => {
  flight = await Flight.start();
  before = outline(flight);
  calls = watchCalls(flight.simulator.kernel);
});
afterAll(() => flight.stop());

/** Upgrades, ends the settle window and all that comes after it. */
async function upgraded(target: SeededName): Promise<void> {
  const upgrade = await flight.proposes('alice', `!upgrade ${target}`);
  expect((await flight.flies(upgrade)).ended?.outcome).toBe('done');
  expectUpgraded(flight.world(), target);
}

async function expectBack(run: Run): Promise<void> {
  expect(run).toMatchObject({ what: 'return', ended: { outcome: 'done' }, turned: {} });
  await expect.poll(left, { timeout: 5_000 }).toEqual([]);
  const entries = await flight.entries(run.id);
  expectUndisturbed(entries);
  expectOrderly(entries);
}

/** What differs from before; the temporary volume of a backend's upgrade goes with a retirement only. */
function left(): string[] {
  const temporary = flight.world().volumes.filter(volume => JSON.stringify(volume.Tags).includes('-temp"'));
  return differences(before, outline(flight)).filter(line => !temporary.some(one => line.startsWith(one.VolumeId)));
}

async function answers(command: string, what: RegExp): Promise<void> {
  await flight.person('carol').says(command);
  await flight.shows(what);
}

const lost = /^Lost by going back: nothing: the data volumes move back as they are then/m;

test('copr-keygen-dev goes back to its old instance when the window is over, by a run that a second person approves', async () => {
  await upgraded('copr-keygen-dev');
  await flight.shows(
    /^Old instances are kept: !retire copr-keygen-dev\. Until then !rollback copr-keygen-dev goes back/m,
  );
  await answers(
    '!targets dev',
    /copr-keygen-dev .*; old instance kept: !retire copr-keygen-dev, or !rollback copr-keygen-dev goes/,
  );
  await answers('!status copr-keygen-dev', /ended [\s\S]*Until then !rollback copr-keygen-dev goes back/);
  const world = flight.world();
  await answers(
    '!rollback copr-keygen-dev preview',
    /^The way back of copr-keygen-dev[\s\S]*would be a run of its own/,
  );
  await flight.shows(lost);
  expect(flight.world().instances).toEqual(world.instances);
  const back = await flight.proposes('carol', '!rollback copr-keygen-dev because it is slow');
  const asked = await flight.flies(back, run => run.requests.some(one => run.posted[`request/${one.request}`]));
  const [request] = asked.requests;
  const event = asked.posted[`request/${request?.request}`]?.event ?? '';
  await flight.shows(/^@\w+ .*Approve OUTAGE, STORAGE, ADDRESS of dev-\d+\?[\s\S]*^Lost by going back: nothing/m);
  await flight.person('carol').reacts('✅', { id: event });
  await flight.until('that the asker doesn’t count', async () =>
    (await flight.entries(back)).find(entry => entry.type === 'not-counted'),
  );
  expect(flight.waitsForStart(await flight.run(back))).toBe(false);
  await expectBack(await flight.flies(back));
  await flight.shows(
    new RegExp(`^${back} has ended: gone back to the old instances\\.\nKept of copr-keygen-dev until`),
  );
  await answers('!rollback copr-keygen-dev', new RegExp(`copr-keygen-dev went back already, in ${back}`));
}, 300_000);

test('copr-dist-git goes back too, and users hear of it as of any outage', async () => {
  await upgraded('copr-dist-git');
  const told = (await flight.said('fedora-buildsys')).length;
  const back = await flight.proposes('carol', '!rollback copr-dist-git');
  await expectBack(await flight.flies(back));
  await flight.until(
    'all told',
    async () => Object.values((await flight.run(back)).owed).every(one => one.told) || undefined,
  );
  expect((await flight.said('fedora-buildsys')).slice(told).map(one => one.text)).toEqual([
    expect.stringMatching(/an outage for going back to the system from before the upgrade begins now\. .* builds\./),
    expect.stringMatching(/^Fedora Copr is back, on the system from before the upgrade: builds, after \d+ min\.$/),
  ]);
}, 300_000);

test('a return has a way back of its own: the upgraded instance serves again, and the old one is kept stopped', async () => {
  await upgraded('copr-dist-git-dev');
  const there = outline(flight);
  for (const key of ['copr-dist-git-dev/mount-data', 'copr-dist-git-dev/set-aside-new']) {
    flight.halting.add(key);
    const id = await flight.proposes('carol', '!rollback copr-dist-git-dev');
    await flight.flies(id, run => run.steps[key]?.status === 'halted');
    await flight.person('alice').says(`!rollback ${id}`);
    expect((await flight.flies(id)).ended?.outcome).toBe('rolled-back');
    flight.halting.delete(key);
    await expect.poll(() => differences(there, outline(flight)), { timeout: 5_000 }).toEqual([]);
  }
  const back = await flight.proposes('carol', '!rollback copr-dist-git-dev');
  await expectBack(await flight.flies(back));
}, 300_000);

test('copr-be-dev goes back with its arrays, keygen’s filter and the builders; what is left goes by a retirement', async () => {
  await upgraded('copr-be-dev');
  const back = await flight.proposes('carol', '!rollback copr-be-dev');
  await expectBack(await flight.flies(back));
  const retirement = await flight.proposes('alice', '!retire copr-be-dev');
  expect((await flight.flies(retirement)).ended?.outcome).toBe('done');
  const gone = differences(before, outline(flight)).filter(
    line => !/^i-\w+ is terminated, not tagged|is deleted/.test(line),
  );
  expect(gone.filter(line => !line.includes('is terminated'))).toEqual([]);
}, 300_000);

test('when the old instance was removed, or while another run has the target, !rollback is refused with a sentence', async () => {
  await upgraded('copr-keygen');
  const id = await flight.proposes('alice', '!retire copr-keygen');
  await answers('!rollback copr-keygen', new RegExp(`${id} is a retirement`));
  expect((await flight.flies(id)).ended?.outcome).toBe('done');
  await answers('!rollback copr-keygen', new RegExp(`the old instance of copr-keygen was removed in ${id}`));
}, 300_000);

test('a retirement after a return deletes the snapshots of runs that turned back, approved by their ids, and no other', async () => {
  const target = 'copr-dist-git-dev';
  const halting = `${target}/mount-data`;
  const upgrade = await flight.flies(await flight.proposes('alice', `!upgrade ${target}`));
  expect(upgrade.ended?.outcome).toBe('done');
  flight.halting.add(halting);
  const turning = await flight.proposes('carol', `!rollback ${target}`);
  await flight.flies(turning, run => run.steps[halting]?.status === 'halted');
  await flight.person('alice').says(`!rollback ${turning}`);
  expect((await flight.flies(turning)).ended?.outcome).toBe('rolled-back');
  flight.halting.delete(halting);
  const through = await flight.flies(await flight.proposes('carol', `!rollback ${target}`));
  expect(through.ended?.outcome).toBe('done');
  const snapshots = () => Object.values(flight.simulator.kernel.state.snapshots);
  const madeBy = ({ uid }: Run) =>
    snapshots()
      .filter(one => one.Tags.some(tag => tag.Key === 'FerryChange' && tag.Value.startsWith(`${uid}.`)))
      .map(one => one.SnapshotId);
  const turned = (await flight.app.runs.list()).filter(run => run.turned[target] !== undefined);
  expect(turned.map(run => run.id)).toContain(turning);
  const go = turned.flatMap(madeBy).sort();
  const stay = snapshots().flatMap(one => (go.includes(one.SnapshotId) ? [] : [one.SnapshotId]));
  expect(go.length).toBeGreaterThanOrEqual(2);
  expect(stay).toEqual(expect.arrayContaining([upgrade, through].flatMap(madeBy)));
  const since = flight.seq;
  const retirement = await flight.flies(await flight.proposes('alice', `!retire ${target}`));
  expect(retirement.ended?.outcome).toBe('done');
  const plan = retirement.steps[`${target}/delete-snapshots`]?.plan ?? [];
  expect(plan.map(one => String(one.args.snapshot)).sort()).toEqual(go);
  expect(snapshots().map(one => one.SnapshotId)).toEqual(stay);
  const agreed = flight.approved.find(one => one.run === retirement.id && one.gates.includes('retire'))?.seq;
  const gone = flight.effects(since).filter(one => one.action === 'DeleteSnapshot');
  expect(gone).toHaveLength(go.length);
  expect(gone.every(one => one.seq > (agreed ?? Number.POSITIVE_INFINITY))).toBe(true);
}, 300_000);

test('each change behind a gate came after its approval, and docs/aws-iam-policy.json allows every call', () => {
  expectGated(flight.effects(), flight.approved);
  expect(calls.denied).toEqual([]);
  expect(calls.actions).toContain('StartInstances');
  expect(flight.logged).toEqual([]);
});
