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
      at === undefined ? ['vol-estate', 'vol-made'].map(id => ({ id, state: 'available', tags: {} })) : [],
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

/** The account of keygen's run that turned back, with these snapshots (name, change) and volumes that a way back set aside. */
function leftovers(
  snapshots: readonly (readonly [id: string, name: string, change?: string])[],
  volumes: readonly (readonly [id: string, state: string, name: string])[] = [],
): ComputeReader {
  const base = account([live]);
  return {
    ...base,
    snapshots: async ({ tags, volume }: { tags?: Readonly<Record<string, string>>; volume?: string }) => {
      if (volume !== undefined) return [];
      expect(tags).toMatchObject({ FedoraGroup: 'copr', CoprFedoraNextWorkflow: 'turned-back' });
      return snapshots.map(([id, Name, FerryChange]) => ({
        id,
        state: 'completed',
        tags: { Name, ...(FerryChange === undefined ? {} : { FerryChange }) },
      }));
    },
    volume: async () => ({ tags: { Name: 'keygen data' } }),
    volumes: async ({ tags }: { tags?: Readonly<Record<string, string>> }) =>
      tags?.CoprFedoraNextWorkflow === undefined
        ? []
        : volumes.map(([id, state, Name]) => ({ id, state, tags: { ...tags, Name } })),
  } as unknown as ComputeReader;
}

it('snapshots alone are something to retire: those of this target that runs made and were taken back from', async () => {
  const { facts } = await factsOf(
    leftovers([
      ['snap-mine', 'backup-data-copr-keygen-dev-2026-11-21-0-clean', 'u1.copr-keygen-dev.snapshot-data.0.g1'],
      ['snap-nightly', 'backup-data-copr-keygen-dev-2026-11-21-0-clean'],
      ['snap-other', 'backup-data-copr-keygen-dev-two-2026-11-21-0-clean', 'u1.x'],
      ['snap-prod', 'backup-data-copr-keygen-2026-11-21-0-clean', 'u1.x'],
    ]),
  );
  expect(facts).toMatchObject({ old: null, turnedBack: [], snapshots: ['snap-mine'], keptVolumes: [] });
});

it('a data volume that another took the place of is named for people, and is in no plan', async () => {
  const { facts } = await factsOf(
    leftovers(
      [['snap-mine', 'backup-data-copr-keygen-dev-2026-11-21-0-clean', 'u1.x']],
      [
        ['vol-kept', 'available', 'keygen data'],
        ['vol-used', 'in-use', 'keygen data'],
        ['vol-other', 'available', 'another'],
      ],
    ),
  );
  expect(facts.keptVolumes).toEqual(['vol-kept']);
  expect(facts.temporaryVolumes).toEqual([]);
});
