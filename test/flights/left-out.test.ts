import { afterAll, beforeAll, expect, test } from 'vitest';
import { Flight } from './flight.ts';

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
  expect(wanted.text).toContain('so not alice or carol');
  expect((await flight.run(id)).steps['copr-be-dev/snapshot-data']?.status).toBe('waiting');
  await flight.person('dan').reacts('✅', wanted);

  const asked = await flight.shows(/Approval wanted for .*OUTAGE, STORAGE, ADDRESS.*\nNOT as planned:/s);
  const [head, , left] = asked.text.split('\n');
  expect(head).toContain('OUTAGE, STORAGE, ADDRESS');
  expect(left).toBe('  copr-be-dev/snapshot-data: left out by carol because “the hot ones are enough”');
  expect(asked.text).toContain('so not alice or carol: bob or dan');
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
