import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEstate } from '#estate/read-estate.ts';
import { retirementFacts } from '#jobs/read/retirement-facts.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import type { ComputeReader } from '#ports/compute.ts';

it('a temporary volume that the estate names is free for the next time: only those made for the upgrade are deleted', async () => {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  const settings = settingsOf(estate, 'dev', 'ssh-ed25519 A');
  const given = settings.targets['copr-be-dev']!;
  const temporary = { ...given.temporary!, volume: 'vol-estate' };
  const instance = (id: string) => ({ id, state: 'running', devices: [], ipv6: [] });
  const compute = {
    instances: async ({ tags }: { tags: { Name: string } }) => [
      instance(tags.Name.endsWith('-old') ? 'i-old' : 'i-new'),
    ],
    volumes: async ({ instance: at }: { instance?: string }) =>
      at === undefined ? ['vol-estate', 'vol-made'].map(id => ({ id, state: 'available' })) : [],
    addresses: async () => [],
    snapshots: async () => [{ id: 'snap-1', state: 'completed', startedAt: 1, tags: { Name: 'x-clean' } }],
  } as unknown as ComputeReader;
  const dns = { resolve: async () => [], lifetimes: async () => [] };
  const { facts, problems } = await retirementFacts({ compute, dns }, settings, { ...given, temporary });
  expect(problems).toEqual([]);
  expect(facts.temporaryVolumes).toEqual(['vol-made']);
});
