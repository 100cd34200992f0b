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

/** An account in which instances carry these names and tags. */
function account(instances: readonly { readonly id: string; readonly name: string; readonly workflow?: string }[]) {
  const found = (tags: Readonly<Record<string, string>>) =>
    instances
      .filter(one => one.name === tags.Name)
      .filter(one => tags.CoprFedoraNextWorkflow === undefined || one.workflow === tags.CoprFedoraNextWorkflow)
      .map(({ id }) => ({ id, state: id === 'i-aside' ? 'stopped' : 'running', devices: [], ipv6: [] }));
  return {
    instances: async ({ tags }: { tags: Readonly<Record<string, string>> }) => found(tags),
    volumes: async () => [],
    addresses: async () => [],
    snapshots: async () => [{ id: 'snap-1', state: 'completed', startedAt: 1, tags: { Name: 'x-clean' } }],
  } as unknown as ComputeReader;
}

async function factsOf(compute: ComputeReader) {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  const settings = settingsOf(estate, 'dev', 'ssh-ed25519 A');
  const dns = { resolve: async () => [], lifetimes: async () => [] };
  return retirementFacts({ compute, dns }, settings, settings.targets['copr-keygen-dev']!);
}

const live = { id: 'i-live', name: 'copr-keygen-dev' };
const aside = { id: 'i-aside', name: 'copr-keygen-dev-new', workflow: 'turned-back' };

it('an instance that a run turned back from goes by a retirement, with the old one or without', async () => {
  const both = await factsOf(account([live, { id: 'i-old', name: 'copr-keygen-dev-old' }, aside]));
  expect(both).toMatchObject({ problems: [], facts: { old: { instance: 'i-old' }, turnedBack: ['i-aside'] } });
  const alone = await factsOf(account([live, aside]));
  expect(alone).toMatchObject({ problems: [], facts: { old: null, turnedBack: ['i-aside'] } });
});

it('a new instance that no run turned back from is none to retire', async () => {
  const fresh = { id: 'i-new', name: 'copr-keygen-dev-new', workflow: 'new' };
  await expect(factsOf(account([live, fresh]))).rejects.toThrow(/no instance is named copr-keygen-dev-old/);
});
