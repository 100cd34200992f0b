import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { readEstate } from '#estate/read-estate.ts';
import { attachData } from '#jobs/outage/attach-data.ts';
import { settingsOf } from '#jobs/settings-of.ts';

/** What the way back of attach-data makes for a target of the example, in order: kind and what it is about. */
async function wayBack(target: string, facts: object): Promise<string[]> {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  const context = {
    target,
    settings: settingsOf(estate, 'dev', 'ssh-ed25519 A'),
    facts: () => ({ fileSystems: [], volumes: [{ id: 'vol-1', device: '/dev/sdd' }], ...facts }),
    outputs: (_target: string, step: string) => (step === 'launch-instance' ? { instance: 'i-new' } : undefined),
  } as unknown as StepContext;
  return (attachData.undo?.plan(context) ?? []).map(({ kind, args }) => {
    const { mount, volume, host, instance } = args as Record<string, { path?: string; instance?: string } | string>;
    expect(typeof host === 'object' ? host.instance : instance).toBe('i-new');
    return [kind, typeof mount === 'object' ? mount.path : volume].filter(Boolean).join(' ');
  });
}

it('going back nothing is detached before it is unmounted on the new instance, whoever had mounted it', async () => {
  expect(await wayBack('copr-fe-dev', { storage: null })).toEqual([
    'unmount /var/lib/pgsql',
    'unmount /srv/copr-fe',
    'detach-volume vol-1',
  ]);
});

it('going back the volume group and the arrays are stopped before their members are detached, whoever had started them', async () => {
  const storage = { volumeGroup: 'copr-backend-data', arrays: [{ uuid: 'a:1' }, { uuid: 'b:2' }] };
  expect(await wayBack('copr-be-dev', { storage })).toEqual([
    'unmount /var/lib/copr/public_html',
    'set-udev-rules-masked',
    'set-volume-group-active',
    'stop-arrays',
    'detach-volume vol-1',
  ]);
});
