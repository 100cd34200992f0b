import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import { expectGated, expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { named, nameTags } from './landed.ts';

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start();
});
afterAll(() => flight.stop());

test('with the clean snapshots left out the live volumes leave only when nothing uses them, and the room says so', async () => {
  const since = flight.seq;
  const id = await flight.proposes('alice', '!upgrade copr-be-dev');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  await flight.person('carol').says('!skip copr-be-dev snapshot-data because the hot ones are enough');
  // A safeguard: the plan stands as it was approved until somebody agrees.
  const wanted = await flight.shows(/SKIP of copr-be-dev\/snapshot-data/);
  expect(wanted.text).toContain('not alice or carol, who asked');
  expect((await flight.run(id)).steps['copr-be-dev/snapshot-data']?.status).toBe('waiting');
  await flight.person('dan').reacts('✅', wanted);

  const asked = await flight.shows(/Approve OUTAGE, STORAGE, ADDRESS of .*\nNOT as planned:/s);
  const [head, , left] = asked.text.split('\n');
  expect(head).toContain('OUTAGE, STORAGE, ADDRESS');
  expect(left).toBe('  - copr-be-dev/snapshot-data: left out by carol because “the hot ones are enough”');
  expect(asked.text).toContain('bob or dan; not alice or carol, who asked');
  expect((await flight.run(id)).started).toBeUndefined();
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('done');

  const volumes = flight.estate.targets['copr-be-dev']?.volumes.map(volume => volume.id) ?? [];
  expect(volumes).toHaveLength(6);
  const effects = flight.effects(since) as readonly { action: string; args: Record<string, unknown> }[];
  const detached = (id: string) =>
    effects.findIndex(({ action, args }) => action === 'DetachVolume' && args.VolumeId === id);
  const unmounted = effects.findLastIndex(
    ({ action, args }, index) =>
      action === 'unmounted' && args.target === '/var/lib/copr/public_html' && index < detached(volumes[0] ?? ''),
  );
  expect(unmounted).toBeGreaterThan(-1);
  for (const id of volumes) expect(detached(id), id).toBeGreaterThan(unmounted);
  const stopped = effects.slice(0, unmounted).filter(({ action }) => action === 'unit-stopped');
  expect(stopped.map(({ args }) => args.unit)).toEqual(
    expect.arrayContaining(['copr-backend.target', 'lighttpd.service']),
  );
  const kinds = flight.world().snapshots.filter(one => volumes.includes(String(one.VolumeId)));
  expect(kinds).toHaveLength(volumes.length);
  const clean = kinds.filter(one => !JSON.stringify(one.Tags).includes('hot-and-not-clean'));
  expect(clean).toEqual([]);
}, 300_000);

/** What each role's target of prod goes without. */
const without = {
  'copr-be': 'snapshot-data',
  'copr-fe': 'back-up-database',
  'copr-dist-git': 'check-service',
  'copr-keygen': 'snapshot-data',
} as const;

/** Somebody leaves a safeguard out, and somebody else agrees. */
async function leavesOut(id: string, target: string, step: string): Promise<void> {
  await flight.person('carol').says(`!skip ${target} ${step} because it was seen to by hand`);
  const wanted = await flight.shows(new RegExp(`SKIP of ${target}/${step}`));
  await flight.person('dan').reacts('✅', wanted);
  await flight.until(`${step} left out`, async () => {
    const run = await flight.run(id);
    return run.steps[`${target}/${step}`]?.status === 'skipped' || undefined;
  });
}

test('each target of prod goes without one safeguard: all else is done in order, and what was not checked is not said to be', async () => {
  const since = flight.seq;
  const id = await flight.proposes('alice', '!upgrade prod');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  for (const [target, step] of Object.entries(without)) await leavesOut(id, target, step);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('done');
  const over = await flight.shows(new RegExp(`^Over: ${id}`));
  expect(over.text.split('\n')[0]).toMatch(
    /\. copr-fe, copr-be and copr-keygen checked: .* NOT checked: copr-dist-git \(left out by carol because “it was seen to by hand”\)\.$/,
  );
  const { targets } = flight.estate;
  const effects = flight.effects(since) as readonly { action: string; args: Record<string, unknown> }[];
  for (const target of Object.keys(without)) {
    const { instance, elasticIp } = seededTargets[target as SeededName];
    const now = named(flight.world(), nameTags[target as SeededName]);
    expect(now.InstanceId).not.toBe(instance);
    expect(now.PublicIpAddress).toBe(elasticIp);
    for (const volume of targets[target]?.volumes ?? [])
      expect(
        effects.filter(({ action, args }) => action === 'DetachVolume' && args.VolumeId === volume.id),
      ).toHaveLength(1);
  }
  expectOnce(flight.effects(since));
  expectGated(flight.effects(since), flight.approved);
}, 300_000);

test('a way back whose check is left out says so, and only then tells users that it is over', async () => {
  const check = 'copr-dist-git-dev/check-old';
  const id = await flight.proposes('alice', '!upgrade copr-dist-git-dev');
  await flight.flies(id, run => run.window !== undefined, { settles: false });
  flight.halting.add(check);
  await flight.person('alice').says(`!rollback ${id}`);
  await flight.flies(id, run => run.steps[check]?.status === 'halted', { settles: false });
  const told = (await flight.said('fedora-buildsys')).length;
  await leavesOut(id, 'copr-dist-git-dev', 'check-old');
  const run = await flight.flies(id, undefined, { settles: false });
  expect(run.ended?.outcome).toBe('rolled-back');
  const over = await flight.shows(new RegExp(`^Over: ${id}.* back on the old instance`));
  expect(over.text).toMatch(
    / on the old instance\. NOT checked: copr-dist-git-dev \(left out by carol because “.*”\)\.$/,
  );
  const news = (await flight.said('fedora-buildsys')).map(one => one.text);
  expect(news.slice(told)).toEqual([expect.stringMatching(/is back, on the system from before the upgrade: builds/)]);
}, 300_000);
