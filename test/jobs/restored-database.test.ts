import { expect, it } from 'vitest';
import { kinds } from '#changes/index.ts';
import { migrateSchema } from '#changes/migrate-schema.ts';
import { upgradeDatabase } from '#changes/upgrade-database.ts';
import type { Change } from '#core/change.ts';
import type { Run } from '#core/run.ts';
import { restoredTargets } from '#engine/restoring.ts';
import { steps, wayBackSteps } from '#jobs/index.ts';

const host = { instance: 'i-new' };
const upgrade = (mode: 'link' | 'copy') =>
  upgradeDatabase({ host, from: 16, to: 18, checksums: true, mode, data: '/var/lib/pgsql/data' });

/** Whether the old database has to come back from a copy, when a change of the frontend's run came to this. */
function isLost(change: Change, state: { readonly found: boolean; readonly outcome: string }): boolean {
  const step = { node: { key: 'fe/step', target: 'fe', phase: 'outage' }, plan: [{ ...change, id: 'fe/step/0' }] };
  const run = {
    kinds: {},
    turned: {},
    steps: { 'fe/step': step },
    changes: { 'fe/step/0': { intents: 1, harmless: 0, before: null, output: {}, ...state } },
  } as unknown as Run;
  return restoredTargets(run, ['fe'], { steps, kinds, wayBack: wayBackSteps }).has('fe');
}

it('an upgrade that was found done counts as one that nobody can take back: how people did it is not known', () => {
  expect(isLost(upgrade('link'), { found: true, outcome: 'made' })).toBe(true);
  expect(isLost(upgrade('copy'), { found: true, outcome: 'made' })).toBe(true);
});

it('a schema that was found as it must be was so before the run: nothing of it is lost', () => {
  const migrate = migrateSchema({ host, database: 'coprdb' });
  expect(isLost(migrate, { found: true, outcome: 'made' })).toBe(false);
  expect(isLost(migrate, { found: false, outcome: 'made' })).toBe(true);
});

it('an upgrade by link is lost even where its outcome is unknown; one by copy, and one that was never begun, are not', () => {
  for (const outcome of ['made', 'unknown', 'failed'])
    expect(isLost(upgrade('link'), { found: false, outcome })).toBe(true);
  expect(isLost(upgrade('copy'), { found: false, outcome: 'made' })).toBe(false);
  expect(isLost(upgrade('link'), { found: false, outcome: 'none' })).toBe(false);
});
