import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { readEstate } from '#estate/read-estate.ts';
import { backUpDatabaseStep } from '#jobs/outage/back-up-database.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import type { Result } from '#ports/shell.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

/** What the step says of a dump, by how its two tests come out. */
async function verdict(whole: Partial<Result>, lastLine: Partial<Result>) {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  const context = {
    target: 'copr-fe-dev',
    settings: settingsOf(estate, 'dev', 'ssh-ed25519 A'),
    facts: () => ({ old: { instance: 'i-old' } }),
  } as unknown as StepContext;
  const reads = { ls: 'coprdb-2026-11-23.gz.xz\ncoprdb-2026-11-22.gz.xz\n', 'xz -t': whole, xzgrep: lastLine };
  return backUpDatabaseStep.verify?.(scriptedReaders({ reads }), context);
}

it('a dump that is whole and says that it is complete counts', async () => {
  expect(await verdict({}, { stdout: '1\n' })).toEqual({ ok: true, note: 'coprdb-2026-11-23.gz.xz' });
});

it('a whole file of a dump that was cut off counts for nothing: the backup script hides how pg_dump ended', async () => {
  expect(await verdict({}, { code: 1, stdout: '0\n' })).toEqual({
    ok: false,
    // It was read to its end: that takes minutes and won't come out otherwise.
    sure: true,
    why: 'coprdb-2026-11-23.gz.xz is cut off: its last line does not say that the dump is complete',
  });
});

it('a file that is broken, or can’t be looked through, counts for nothing', async () => {
  expect(await verdict({ code: 1, stderr: 'Unexpected end of input' }, { code: 2 })).toMatchObject({
    ok: false,
    why: expect.stringContaining('Unexpected end of input'),
  });
  expect(await verdict({}, { code: 127, stderr: 'xzgrep: not found' })).toMatchObject({
    ok: false,
    why: expect.stringContaining('xzgrep: not found'),
  });
});
