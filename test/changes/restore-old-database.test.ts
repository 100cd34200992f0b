import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '#changes/index.ts';
import { restoreOldDatabase } from '#changes/restore-old-database.ts';
import type { Writers } from '#engine/define-change.ts';
import { sending } from '../builders/sending.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

/** The change's own commands, run by this machine's shell on folders of its own. */
describe('the old database is put back', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-old-database-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const cluster = (name: string, version: number) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'PG_VERSION'), `${version}\n`);
  };
  const versionOf = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name, 'PG_VERSION'), 'utf8').trim() : undefined;
  const restored = async () => {
    const { kind, args } = restoreOldDatabase({ host: { instance: 'i-new' }, data: join(folder, 'data'), major: 16 });
    const run = async (_host: unknown, argv: readonly string[]) => {
      execFileSync(argv[0] ?? '', argv.slice(1));
      return { code: 0, stdout: '', stderr: '' };
    };
    const writers = { ...scriptedReaders({}), shell: { run } } as unknown as Writers;
    await kinds[kind]?.make(writers, args, sending());
    return { data: versionOf('data'), old: versionOf('data-old'), new: versionOf('data-new') };
  };

  it('beside the new one', async () => {
    cluster('data', 18);
    cluster('data-old', 16);
    expect(await restored()).toEqual({ data: '16', old: undefined, new: '18' });
  });

  it('by a second try where the first was cut between its two moves, and the new one is kept all the same', async () => {
    cluster('data-new', 18);
    cluster('data-old', 16);
    expect(await restored()).toEqual({ data: '16', old: undefined, new: '18' });
  });

  it('once: a second try finds it there and moves nothing', async () => {
    cluster('data', 16);
    cluster('data-new', 18);
    expect(await restored()).toEqual({ data: '16', old: undefined, new: '18' });
  });
});
