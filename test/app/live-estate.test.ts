import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readEstate } from '#estate/read-estate.ts';
import type { Log } from '#ports/log.ts';
import { LiveEstate } from '../../src/app/live-estate.ts';

const example = join(import.meta.dirname, '../../estate.example.yaml');
const patience = { timeout: 10_000, interval: 20 };
let dir: string;
let file: string;
let stop: AbortController;
let said: string[];
const log: Log = {
  debug: () => undefined,
  info: (_fields, message) => said.push(message),
  warn: (_fields, message) => said.push(message),
  error: (_fields, message) => said.push(message),
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ferry-live-estate-'));
  file = join(dir, 'estate.yaml');
  copyFileSync(example, file);
  stop = new AbortController();
  said = [];
});

afterEach(() => {
  stop.abort();
  rmSync(dir, { recursive: true, force: true });
});

async function followed(): Promise<LiveEstate> {
  const live = new LiveEstate(await readEstate(file));
  live.follow(file, log, stop.signal);
  return live;
}

test('an approver who is dropped from the file is no approver any more, without a restart', async () => {
  const live = await followed();
  expect(live.chat.environments.dev?.approvers).toContain('bob');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('approvers: [alice, bob, carol, dan]', 'approvers: [alice, carol, dan]'),
  );
  await vi.waitFor(() => expect(live.chat.environments.dev?.approvers).toEqual(['alice', 'carol', 'dan']), patience);
});

test('a file with a mistake changes nothing, and the log says so', async () => {
  const live = await followed();
  const before = live.estate;
  writeFileSync(file, readFileSync(file, 'utf8').replace('approvers:', 'aprovers:'));
  await vi.waitFor(() => expect(said).toContain('the changed estate has a mistake; the one before stays'), patience);
  expect(live.estate).toBe(before);
});
