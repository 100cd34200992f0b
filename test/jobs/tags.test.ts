import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEstate } from '#estate/read-estate.ts';
import type { Scene } from '#jobs/scene.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import { snapshotTags } from '#jobs/tags.ts';

it('snapshots may be deleted when the estate says, counted from the proposal', async () => {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  const settings = settingsOf(
    { ...estate, aws: { ...estate.aws, snapshotKeep: 3 * 86_400_000 } },
    'dev',
    'ssh-ed25519 A',
  );
  const proposedAt = Date.UTC(2026, 10, 23, 16);
  const scene = { settings, target: settings.targets['copr-be-dev'], context: { run: { proposedAt } } } as Scene;
  expect(snapshotTags(scene, 'vol-1', 0, 'clean')).toMatchObject({
    DeleteAfter: String(Date.UTC(2026, 10, 26, 16) / 1_000),
    OriginalVolume: 'vol-1',
    FedoraGroup: 'copr',
  });
});
