import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { journalCommand } from '#cli/journal.ts';
import { openStore } from '#cli/open-store.ts';
import { UsageError } from '#cli/subcommand.ts';
import { hashOf } from '#core/hash.ts';
import { note, proposal, request } from '#test/builders/journal-entries.ts';
import { missingRedis, PrivateRedis } from '#test/peers/redis.ts';

const missing = await missingRedis();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('ferry journal', () => {
  let state: string;
  let out: string;
  let err: string;

  beforeEach(async () => {
    state = mkdtempSync(join(tmpdir(), 'ferry-state-'));
    vi.stubEnv('REDIS_URL', '');
    vi.stubEnv('FERRY_STATE', undefined);
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += text;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation(text => {
      err += text;
      return true;
    });
    await fill();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    rmSync(state, { recursive: true, force: true });
  });

  const fill = async () => {
    const store = await openStore({ redisUrl: undefined, state, path: process.env.PATH ?? '', onError: () => {} });
    const journal = redisJournal(store);
    await journal.propose(proposal('dev', ['copr-be-dev'], '$event'));
    const [first] = await journal.read('dev-1');
    await journal.append('dev-1', { seq: 1, hash: hashOf(first) }, [note('tricky \u001b[2J\u202e'), request('r1')]);
    await store.close();
  };
  const ferry = async (...argv: string[]) => {
    out = '';
    err = '';
    return journalCommand([...argv, '--state', state]);
  };
  const wipe = () => rmSync(join(state, 'redis'), { recursive: true });

  it('shows a run, an entry a line, and no control character of anybody', async () => {
    expect(await ferry('show', 'dev-1')).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^ {3}1 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z proposed .*id=dev-1 .*targets=\[copr-be-dev\] .*what=upgrade$/,
    );
    expect(lines[1]).toContain('noted person=alice text="tricky \\u001b[2J\\u202e"');
    expect(out).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('shows entries as JSON that chains', async () => {
    expect(await ferry('show', 'dev-1', '--json')).toBe(0);
    const entries = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(entries[1].prev).toBe(hashOf(entries[0]));
  });

  it('verifies what is whole', async () => {
    expect(await ferry('verify')).toBe(0);
    expect(out).toBe(
      'dev-1: 3 entries in the mirror, their chain is whole; the store agrees\n1 run checked, 0 not in order\n',
    );
    expect(await ferry('verify', 'dev-1')).toBe(0);
  });

  it('says that a wiped store is not safe, restores it, and finds it whole', async () => {
    wipe();
    expect(await ferry('verify')).toBe(4);
    expect(out).toContain('dev-1: the store has only 0 of 3 entries: "ferry journal restore" rebuilds it');
    expect(await ferry('show', 'dev-1')).toBe(0);
    expect(err).toContain('shown from the mirror');
    expect(await ferry('restore')).toBe(0);
    expect(out).toBe('dev-1: 4 entries restored; to be approved again: r1\n1 restored, 0 already whole\n');
    expect(await ferry('verify')).toBe(0);
    expect(await ferry('restore')).toBe(0);
    expect(out).toBe('0 restored, 1 already whole\n');
  });

  it('refuses to restore from a mirror that was altered, and says where', async () => {
    wipe();
    const file = join(state, 'journal', 'dev-1.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('alice', 'mallory'));
    expect(await ferry('verify')).toBe(4);
    expect(out).toContain("was altered: entry 2 doesn't chain to entry 1");
    expect(await ferry('restore')).toBe(4);
    expect(err).toContain('was altered');
  });

  it('refuses to restore over another history', async () => {
    const mirror = join(state, 'journal');
    const kept = readFileSync(join(mirror, 'dev-1.jsonl'));
    wipe();
    rmSync(mirror, { recursive: true });
    await fill();
    writeFileSync(join(mirror, 'dev-1.jsonl'), kept);
    expect(await ferry('verify')).toBe(4);
    expect(await ferry('restore')).toBe(4);
    expect(err).toMatch(/^ferry journal: entry 1 of dev-1 in the store isn't the one that was mirrored/);
  });

  it('takes the Redis of REDIS_URL, from a file too, and refuses one that may forget', async () => {
    const redis = await PrivateRedis.start();
    try {
      const file = join(state, 'ferry.env');
      writeFileSync(file, `REDIS_URL=${redis.socket}\n`);
      vi.stubEnv('REDIS_URL', undefined);
      expect(await ferry('verify', '--env-file', file)).toBe(4);
      expect(out).toContain('has only 0 of 3');
      await redis.client().config('SET', 'appendfsync', 'everysec');
      await expect(ferry('verify')).rejects.toMatchObject({ name: 'BadInput', where: 'REDIS_URL' });
    } finally {
      await redis.stop();
    }
  });

  it('says how it is used, and what is wrong with how it was', async () => {
    expect(await ferry('--help')).toBe(0);
    expect(out).toContain('ferry journal show RUN [--json]');
    for (const argv of [[], ['shew'], ['show'], ['show', '../x'], ['restore', 'dev-1'], ['verify', 'dev-1', 'x']]) {
      await expect(ferry(...argv)).rejects.toThrow(UsageError);
    }
    expect(await ferry('show', 'dev-99')).toBe(1);
    expect(err).toBe('ferry journal: there is no run dev-99\n');
    await expect(ferry('verify', '--env-file', '/no/such')).rejects.toMatchObject({ where: '--env-file' });
  });
});
