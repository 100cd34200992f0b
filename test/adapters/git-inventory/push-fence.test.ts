import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pushFence, writeHook } from '#adapters/git-inventory/push-fence.ts';
import { sendOf } from '#test/contracts/inventory-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-fence-'));
beforeAll(() => writeHook(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let pushes = 0;

/** Asks the hook as git does. @param date stands for the machine's `date`. @returns whether the push may go, and whether it is marked. */
function ask(sendBy: number, more: { readonly date?: string; readonly env?: NodeJS.ProcessEnv } = {}) {
  pushes += 1;
  const fence = pushFence(join(folder, `mark-${pushes}`), sendOf({ sendBy, now: () => 1_000 }));
  const bin = mkdtempSync(join(folder, 'bin-'));
  if (more.date !== undefined) {
    writeFileSync(join(bin, 'date'), `#!/bin/sh\n${more.date}\n`);
    chmodSync(join(bin, 'date'), 0o755);
  }
  const env = { PATH: `${bin}:${process.env.PATH}`, ...fence.env, ...more.env };
  const { status } = spawnSync(join(folder, 'pre-push'), ['remote', 'url'], { env });
  return { goes: status === 0, marked: fence.passed() };
}

const dates = [
  ['the machine’s date', {}],
  ['a date without milliseconds', { date: 'echo 17954000003N' }],
  ['no date', { date: 'exit 127' }],
] as const;

it.each(dates)('lets a push go in time, and marks it: %s', (_, clock) => {
  expect(ask(60_000, clock)).toEqual({ goes: true, marked: true });
});

it.each(dates)('lets none go late, and marks nothing: %s', (_, clock) => {
  expect(ask(990, clock)).toEqual({ goes: false, marked: false });
});

it.each([
  ['no clock at all', { date: 'exit 127', env: { FERRY_NODE: '/nonexistent' } }],
  ['no time to compare with', { env: { FERRY_PUSH_BY: '' } }],
  ['a time that is no number', { env: { FERRY_PUSH_BY: 'soon' } }],
  ['a mark that can’t be written', { env: { FERRY_PUSH_MARK: '/nonexistent/mark' } }],
])('lets none go with %s', (_, broken) => {
  expect(ask(60_000, broken)).toEqual({ goes: false, marked: false });
});
