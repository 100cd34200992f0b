import { expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { enableServices } from '#jobs/outage/enable-services.ts';
import { upgradeDatabaseStep } from '#jobs/outage/upgrade-database.ts';
import { type Script, scriptedReaders } from '#test/fakes/scripted-ports.ts';

const path = '/var/lib/copr/public_html';
const fileSystem = {
  path,
  source: '/dev/mapper/a',
  uuid: 'real',
  label: 'copr-repo',
  owner: 'copr:copr',
  context: 'c',
};

function context(facts: object): StepContext {
  return {
    target: 'copr-be-dev',
    settings: { targets: { 'copr-be-dev': { name: 'copr-be-dev', mounts: [{ path, label: 'copr-repo' }] } } },
    facts: () => facts,
    outputs: () => ({ instance: 'i-new' }),
  } as unknown as StepContext;
}

const mounted = (uuid: string): Script => ({
  reads: {
    findmnt: JSON.stringify({ filesystems: [{ ...fileSystem, uuid }] }),
    stat: 'copr:copr c',
  },
});

it('no timer is unmasked and no service started before the real volume is mounted', async () => {
  const ready = (uuid: string) =>
    enableServices.ready?.(scriptedReaders(mounted(uuid)), context({ fileSystems: [fileSystem] }));
  expect(await ready('real')).toEqual({ ok: true });
  expect(await ready('temporary')).toMatchObject({ ok: false, why: expect.stringContaining('uuid is temporary') });
});

it('an upgraded database that lacks builds or projects is not taken for upgraded', async () => {
  const database = (build: number): Script => ({
    reads: {
      'psql -X -A -t -d coprdb -c SHOW server_version_num': '180001',
      'psql -X -A -t -d coprdb -c SHOW data_checksums': 'on',
      'psql -X -A -t -d coprdb -c SELECT datcollversion': '2.41',
      'psql -X -A -t -d coprdb -c SELECT relname': 'build|7',
      'psql -X -A -t -d coprdb -c SELECT max(id)': String(build),
      'psql -X -A -t -d coprdb -c SELECT count(*)': '5',
    },
  });
  const facts = {
    database: { major: 16 },
    image: { release: 43 },
    counts: { highestBuild: 100, projects: 5 },
  };
  const verify = (build: number) => upgradeDatabaseStep.verify?.(scriptedReaders(database(build)), context(facts));
  expect(await verify(100)).toMatchObject({ ok: true });
  expect(await verify(12)).toMatchObject({ ok: false, why: expect.stringContaining('highest build 12 (was 100)') });
});
