import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '#estate/config.ts';
import { looseFiles } from '#estate/file-modes.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-modes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
writeFileSync(
  at('ferry.env'),
  'FERRY_SSH_KEY_FILE=id\nFERRY_INVENTORY_KEY_FILE=git\nFERRY_STATE=state\nFERRY_ESTATE=estate.yaml\n',
);
for (const name of ['id', 'git', 'estate.yaml']) writeFileSync(at(name), '');
mkdirSync(at('state'));

function looseWith(modes: Readonly<Record<string, number>>): string[] {
  const whole = { 'ferry.env': 0o600, id: 0o600, git: 0o400, state: 0o700, 'estate.yaml': 0o664 };
  for (const [name, mode] of Object.entries({ ...whole, ...modes })) chmodSync(at(name), mode);
  return looseFiles(readConfig({ envFile: at('ferry.env'), environment: {} })).map(one => `${one.of}: ${one.sentence}`);
}

describe('modes of files', () => {
  it('that are for their owner only are in order; an estate is no secret', () => {
    expect(looseWith({})).toEqual([]);
  });

  it.each([
    ['ferry.env', 0o640, '--env-file', '(mode 0640): chmod 600'],
    ['ferry.env', 0o604, '--env-file', '(mode 0604): chmod 600'],
    ['id', 0o644, 'FERRY_SSH_KEY_FILE', '(mode 0644): chmod 600'],
    ['git', 0o620, 'FERRY_INVENTORY_KEY_FILE', '(mode 0620): chmod 600'],
    ['state', 0o755, 'FERRY_STATE', '(mode 0755): chmod 700'],
    ['state', 0o710, 'FERRY_STATE', '(mode 0710): chmod 700'],
  ])('%s with mode %o is told, with what to do', (name, mode, of, end) => {
    expect(looseWith({ [name]: mode })).toEqual([
      `${of}: ${at(name)} may be read by others than its owner ${end} ${at(name)}`,
    ]);
  });

  it('an estate that everybody may write is told: whoever may, is an approver', () => {
    expect(looseWith({ 'estate.yaml': 0o666 })).toEqual([
      `FERRY_ESTATE: ${at('estate.yaml')} may be written by everybody (mode 0666): chmod o-w ${at('estate.yaml')}`,
    ]);
  });
});
