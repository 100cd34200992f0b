import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '#core/json.ts';
import { checkRetirement } from '#jobs/retire/check-retirement.ts';
import { keepDumps } from '#jobs/retire/keep-dumps.ts';
import type { RunSettings } from '#jobs/settings.ts';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { SimTag } from '#sim/state.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const targets = ['copr-fe-dev', 'copr-be-dev', 'copr-dist-git-dev', 'copr-keygen-dev'] as const;
const folder = '/var/www/html/db_dumps';

let world: ChangeWorld;
let settings: RunSettings;
beforeAll(async () => {
  world = await worldWithHosts();
  settings = await exampleSettings('dev');
  for (const target of targets) leaveOldBehind(target);
});
afterAll(() => world.stop());

/** The target as it is after an upgrade: the seeded instance serves, another one is left of before, with its snapshots. */
function leaveOldBehind(target: SeededName): void {
  const { instances, snapshots } = world.kernel.state;
  const { instance, volumes } = seededTargets[target];
  const serves = instances[instance];
  if (serves === undefined) throw new Error(`no ${target}`);
  const tags = serves.Tags.map(tag => (tag.Key === 'Name' ? { Key: 'Name', Value: `${tag.Value}-old` } : tag));
  const id = `${instance.slice(0, -3)}aaa`;
  instances[id] = {
    ...structuredClone(serves),
    InstanceId: id,
    State: { Code: 80, Name: 'stopped' },
    BlockDeviceMappings: [],
    NetworkInterfaces: [],
    Tags: tags,
  };
  for (const { id: volume } of volumes) {
    for (const [kind, minutes] of [
      ['hot-and-not-clean', 60],
      ['clean', 20],
    ] as const) {
      const name: SimTag = { Key: 'Name', Value: `backup-data-x-dev-20261125-0-${kind}` };
      const snapshot = `snap-${volume.slice(4, -4)}${kind.slice(0, 4)}`;
      snapshots[snapshot] = {
        SnapshotId: snapshot,
        VolumeId: volume,
        State: 'completed',
        Progress: '100%',
        StartTime: new Date(Date.now() - minutes * 60_000).toISOString(),
        Description: '',
        VolumeSize: 8,
        Tags: [...tags.filter(tag => tag.Key !== 'Name'), name],
        Content: {},
      } as (typeof snapshots)[string];
    }
  }
}

const check = async (target: SeededName) => checkRetirement.read?.(world.readers, stepContext(settings, target));

describe('an old instance can go while its successor passes check-service', () => {
  test.each(targets)('%s', async target => {
    expect((await check(target))?.facts).toMatchObject({ successor: { instance: seededTargets[target].instance } });
  });

  test('what keeps the old instance is said, and is for people to mend', async () => {
    const { id } = seededTargets['copr-be-dev'].volumes[0]!;
    const snapshot = world.kernel.state.snapshots[`snap-${id.slice(4, -4)}clea`]!;
    world.kernel.state.snapshots[snapshot.SnapshotId] = { ...snapshot, State: 'pending' };
    await expect(check('copr-be-dev')).rejects.toMatchObject({
      code: 'not-retirable',
      evidence: [`${snapshot.SnapshotId}, the clean snapshot of ${id}, is pending`],
    });
    world.kernel.state.snapshots[snapshot.SnapshotId] = snapshot;
    await expect(check('copr-be-dev')).resolves.toBeDefined();
  });

  const troubles: readonly [SeededName, SeededName, string, string, RegExp][] = [
    ['copr-fe-dev', 'copr-fe-dev', 'systemctl stop httpd', 'systemctl start httpd', /api_3\/ over IPv4: /],
    ['copr-fe-dev', 'copr-fe-dev', 'systemctl stop postgresql', 'systemctl start postgresql', /api_3\/.*status 500/],
    ['copr-be-dev', 'copr-be-dev', 'systemctl stop lighttpd', 'systemctl start lighttpd', /repomd.xml over IPv4: /],
    ['copr-dist-git-dev', 'copr-dist-git-dev', 'systemctl stop httpd', 'systemctl start httpd', /cgit\/ over IPv4: /],
    [
      'copr-keygen-dev',
      'copr-keygen-dev',
      'systemctl stop signd',
      'systemctl start signd',
      /gets no key .* from keygen/,
    ],
  ];
  test.each(troubles)('%s keeps it: on %s %s', async (target, on, spoil, mend, why) => {
    const { instance } = seededTargets[on];
    await world.sh(instance, spoil);
    await expect(check(target)).rejects.toMatchObject({ code: 'not-retirable', retry: true });
    await expect(check(target)).rejects.toThrow(why);
    await world.sh(instance, mend);
    await expect(check(target)).resolves.toBeDefined();
  });

  test('without a builder the backend keeps it', async () => {
    const { instance } = seededTargets['copr-be-dev'];
    await world.sh(instance, 'systemctl stop resalloc; runuser -u resalloc -- resalloc-maint resource-delete --all');
    await expect(check('copr-be-dev')).rejects.toThrow(
      "its successor, doesn't pass check-service: no builder is up yet",
    );
  });
});

describe('the dumps live on when the successor has a whole one that is newer than the upgrade', () => {
  const { instance } = seededTargets['copr-fe-dev'];
  const facts: Readonly<Record<string, JsonObject>> = {
    'copr-fe-dev': { old: { instance: 'i-0' }, successor: { instance }, temporaryVolumes: [] },
  };
  const verify = async () => keepDumps.verify?.(world.readers, stepContext(settings, 'copr-fe-dev', { facts }));
  const dump = async (name: string, minutesAgo: number, end = 'dump complete') => {
    const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    await world.sh(
      instance,
      `echo "-- PostgreSQL database ${end}" > ${folder}/${name}; touch -d ${at} ${folder}/${name}`,
    );
  };
  beforeEach(() => world.sh(instance, `rm -f ${folder}/*`));

  test('one of the outage, with older ones beside it', async () => {
    await dump('coprdb-2026-11-24.gz.xz', 600);
    await dump('coprdb-2026-11-25.gz.xz', 30);
    expect(await verify()).toEqual({ ok: true, note: 'coprdb-2026-11-25.gz.xz' });
  });

  test('none: what to do is said', async () => {
    await expect(verify()).rejects.toThrow(
      /has no dump in .*: copy them, then !retry copr-fe-dev, or .* !skip copr-fe-dev/,
    );
  });

  test('one that breaks off: it counts as none', async () => {
    await dump('coprdb-2026-11-25.gz.xz', 30, 'TRUNCATED');
    await expect(verify()).rejects.toThrow(/coprdb-2026-11-25.gz.xz on .* is no whole dump: .*Unexpected end of input/);
  });

  test('only what was copied ahead of the outage: its own dump is still on the old host alone', async () => {
    await dump('coprdb-2026-11-24.gz.xz', 90);
    await expect(verify()).rejects.toMatchObject({ code: 'dumps' });
    await expect(verify()).rejects.toThrow(/coprdb-2026-11-24.gz.xz.* is older than the upgrade/);
  });
});
