import { expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { migrateDatabase } from '#jobs/outage/migrate-database.ts';
import { upgradeDatabaseStep } from '#jobs/outage/upgrade-database.ts';
import { scriptedReaders } from '#test/fakes/scripted-ports.ts';

function context(major: number): StepContext {
  const target = {
    name: 'copr-fe-dev',
    role: 'frontend',
    host: 'copr-fe-dev.aws.fedoraproject.org',
    playbook: 'groups/copr-frontend.yml',
  };
  return {
    target: target.name,
    settings: {
      targets: { [target.name]: target },
      batcave: { host: 'batcave01' },
      environment: { options: { databaseUpgrade: 'link' } },
    },
    facts: () => ({ database: { major, checksums: false }, image: { release: 43 } }),
    outputs: () => ({ instance: 'i-new' }),
  } as unknown as StepContext;
}

it('the schema is asked for though the PostgreSQL stays the same', () => {
  expect(upgradeDatabaseStep.plan?.(context(18))).toEqual([]);
  expect(migrateDatabase.plan?.(context(18))).toMatchObject([
    { kind: 'play-playbook', args: { tags: ['packages', 'copr_infrastructure_password'], mayStopAtMount: false } },
    { kind: 'migrate-schema', args: { host: { instance: 'i-new' }, database: 'coprdb' } },
  ]);
});

it('a database that is not at the revision of copr-frontend is not taken for migrated', async () => {
  const verify = (revision: string) =>
    migrateDatabase.verify?.(
      scriptedReaders({ reads: { psql: `${revision}\n`, 'env -C': 'bb52d9f878f5 (head)\n' } }),
      context(16),
    );
  expect(await verify('bb52d9f878f5')).toEqual({ ok: true, note: 'schema at bb52d9f878f5' });
  expect(await verify('06b208e317a3')).toEqual({
    ok: false,
    why: 'the schema of coprdb is at 06b208e317a3, copr-frontend needs bb52d9f878f5',
  });
});
