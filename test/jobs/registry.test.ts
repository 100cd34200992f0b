import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { steps } from '#jobs/index.ts';

const folders = ['announce', 'prepare', 'outage', 'back', 'settle', 'retire'];

test('every file that defines a step is registered', async () => {
  const found: string[] = [];
  for (const folder of folders) {
    const path = join(import.meta.dirname, '../../jobs', folder);
    for (const file of readdirSync(path)) {
      const module: Record<string, unknown> = await import(join(path, file));
      for (const value of Object.values(module)) {
        const id = (value as { id?: unknown })?.id;
        if (typeof id === 'string') found.push(id);
      }
    }
  }
  expect(found.sort()).toEqual(Object.keys(steps).sort());
});

test('what can disrupt or is irreversible names its gate, what is safe has none', () => {
  for (const step of Object.values(steps)) {
    expect([step.id, step.gate === undefined], step.id).toEqual([step.id, step.danger === 'safe']);
  }
});

test('the gates are those of the procedure', () => {
  const behind = (gate: string) =>
    Object.values(steps)
      .filter(step => step.gate === gate)
      .map(step => step.id)
      .sort();
  expect(behind('live')).toEqual(['allow-new-address']);
  expect(behind('database')).toEqual(['migrate-database', 'put-database-back', 'restore-data', 'upgrade-database']);
  expect(behind('retire')).toEqual(expect.arrayContaining(['terminate-old']));
  expect(behind('outage')).toEqual(
    expect.arrayContaining([
      'drain-builders',
      'finish-work',
      'hold-builds',
      'release-builds',
      'stop-database',
      'stop-services',
    ]),
  );
  expect(behind('storage')).toEqual(
    expect.arrayContaining([
      'assemble-storage',
      'attach-data',
      'detach-data',
      'mount-data',
      'release-temporary-storage',
      'serve-repositories',
      'unmount-data',
    ]),
  );
  expect(behind('address')).toEqual(
    expect.arrayContaining([
      'drop-old-address',
      'enable-services',
      'move-address',
      'provision',
      'quiet-old',
      'switch-signing',
    ]),
  );
});
