import { expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { assembleStorage } from '#jobs/outage/assemble-storage.ts';
import { detachData } from '#jobs/outage/detach-data.ts';
import { reindexDatabaseStep } from '#jobs/outage/reindex-database.ts';
import type { Volume } from '#ports/compute.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

/** Two volumes that go from i-old to i-new. */
const context = {
  target: 'be',
  settings: { targets: { be: {} } },
  facts: () => ({ old: { instance: 'i-old' }, storage: {}, volumes: [{ id: 'vol-0a' }, { id: 'vol-0b' }] }),
  outputs: () => ({ instance: 'i-new' }),
} as unknown as StepContext;

it('arrays are assembled only when the partition of every member is there', async () => {
  const links = (...names: string[]) => names.map(name => `nvme-Amazon_Elastic_Block_Store_${name}`).join('\n');
  const ready = (text: string) => assembleStorage.ready?.(scriptedReaders({ reads: { ls: text } }), context);
  expect(await ready(links('vol0a', 'vol0a-part1', 'vol0b', 'vol0b-part1'))).toEqual({ ok: true });
  expect(await ready(links('vol0a', 'vol0a-part1', 'vol0b'))).toEqual({
    ok: false,
    wait: true,
    why: "i-new doesn't see the partitions of vol-0b yet",
  });
});

it('volumes are gone from the old instance when each was described as available once more', async () => {
  const verify = (second: Partial<Volume>) => {
    const volumes = [
      { id: 'vol-0a', state: 'available' as const, attachments: [] },
      { id: 'vol-0b', ...second },
    ];
    return detachData.verify?.(scriptedReaders({ volumes }), context);
  };
  expect(await verify({ state: 'available', attachments: [] })).toEqual({ ok: true });
  const attachments = [{ instance: 'i-old', device: '/dev/sde', state: 'detaching' as const }];
  expect(await verify({ state: 'in-use', attachments })).toMatchObject({ ok: false, wait: true });
  expect(await verify({ state: 'available', attachments })).toMatchObject({ ok: false, wait: true });
});

it('indexes are rebuilt when none is invalid', async () => {
  const verify = (count: string) => reindexDatabaseStep.verify?.(scriptedReaders({ reads: { psql: count } }), context);
  expect(await verify('0\n')).toEqual({ ok: true });
  expect(await verify('2\n')).toEqual({ ok: false, why: '2 indexes of coprdb are invalid' });
});
