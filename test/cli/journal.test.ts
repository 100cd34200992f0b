import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '#adapters/redis-journal/keys.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { journalCommand } from '#cli/journal.ts';
import { makeJournalKey } from '#cli/journal-key.ts';
import { refuseOldJournals } from '#cli/old-journals.ts';
import { type OpenStore, openStore } from '#cli/open-store.ts';
import { UsageError } from '#cli/subcommand.ts';
import type { NewEntry } from '#core/entries.ts';
import { hashOf } from '#core/hash.ts';
import { canonical } from '#core/json.ts';
import { keyName } from '#core/seal.ts';
import { Forger } from '#test/builders/forger.ts';
import { note, proposal, request } from '#test/builders/journal-entries.ts';
import { cuttableProxy } from '#test/peers/cuttable-proxy.ts';
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
    const store = await openStore({
      redisUrl: undefined,
      state,
      path: process.env.PATH ?? '',
      starts: true,
      onError: () => {},
    });
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

  it('makes no state folder where there is none: it is said', async () => {
    const nowhere = join(state, 'nowhere');
    for (const verb of [['show', 'dev-1'], ['verify'], ['restore']]) {
      const made = journalCommand([...verb, '--state', nowhere]);
      await expect(made).rejects.toMatchObject({ where: '--state', message: expect.stringContaining(nowhere) });
    }
    expect(existsSync(nowhere)).toBe(false);
  });

  it('finds the state folder where the file of variables says, from wherever it is called', async () => {
    writeFileSync(join(state, 'ferry.env'), 'FERRY_STATE=.\n', { mode: 0o600 });
    out = '';
    expect(await journalCommand(['show', 'dev-1', '--env-file', join(state, 'ferry.env')])).toBe(0);
    expect(out).toContain('proposed');
  });

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
      'dev-1: 3 entries in the mirror, their chain is whole; all of it sealed; the store agrees\n1 run checked, 0 not in order\n',
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
    const way = await cuttableProxy(redis.socket);
    try {
      const file = join(state, 'ferry.env');
      writeFileSync(file, `REDIS_URL=redis://127.0.0.1:${way.port}\n`);
      expect(await ferry('verify', '--env-file', file)).toBe(4);
      expect(out).toContain('has only 0 of 3');
      await redis.client().config('SET', 'appendfsync', 'everysec');
      const unfit = ferry('verify', '--env-file', file);
      await expect(unfit).rejects.toMatchObject({ name: 'BadInput', where: 'REDIS_URL' });
    } finally {
      await way.stop();
      await redis.stop();
    }
  });

  describe('seals', () => {
    const keyFile = () => join(state, 'journal.key');
    const mirrorFile = () => join(state, 'journal', 'dev-1.jsonl');
    const withStore = async <T>(act: (store: OpenStore) => Promise<T>): Promise<T> => {
      const store = await openStore({ redisUrl: undefined, state, path: process.env.PATH ?? '', onError: () => {} });
      try {
        return await act(store);
      } finally {
        await store.close();
      }
    };
    /** As a Ferry that sealed nothing has left it. */
    const unseal = async () => {
      const bare: string[] = [];
      let prev = '';
      for (const text of readFileSync(mirrorFile(), 'utf8').split('\n').filter(Boolean)) {
        const { seal: _seal, ...entry } = { ...JSON.parse(text), prev };
        bare.push(canonical(entry));
        prev = hashOf(entry);
      }
      writeFileSync(mirrorFile(), `${bare.join('\n')}\n`);
      await withStore(async ({ redis }) => {
        await new Forger(redis).rewrites('dev-1', bare);
        await redis.del(keys.store);
      });
      rmSync(keyFile(), { force: true });
    };
    const appended = (entry: NewEntry) => withStore(({ redis }) => new Forger(redis).appends('dev-1', entry));

    it('the first start makes the key, for its user alone; a copy of it in FERRY_JOURNAL_KEY is as good', async () => {
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      const text = readFileSync(keyFile(), 'utf8');
      expect(text).toMatch(/^[0-9a-f]{64}\n$/);
      rmSync(keyFile());
      vi.stubEnv('FERRY_JOURNAL_KEY', text.trim());
      expect(await ferry('verify')).toBe(0);
    });

    it('a key that is missing, of another store, open to others or none at all is named, and never shown', async () => {
      const text = readFileSync(keyFile(), 'utf8').trim();
      const says = async (what: RegExp) => {
        const error = await ferry('verify').catch((one: Error) => one);
        expect(String(error)).toMatch(what);
        expect(String(error)).not.toContain(text);
      };
      vi.stubEnv('FERRY_JOURNAL_KEY', 'f'.repeat(64));
      await says(/sealed with the key named [0-9a-f]{16}, and that of FERRY_JOURNAL_KEY is named [0-9a-f]{16}/);
      vi.stubEnv('FERRY_JOURNAL_KEY', text.slice(1));
      await says(/FERRY_JOURNAL_KEY is no key: 64 hex digits/);
      vi.stubEnv('FERRY_JOURNAL_KEY', undefined);
      chmodSync(keyFile(), 0o640);
      await says(/journal\.key may be read by others \(mode 640\).*chmod 600/);
      rmSync(keyFile());
      await says(/their key isn't here: copy journal\.key .* or set FERRY_JOURNAL_KEY/);
    });

    it('names an entry that somebody wrote without the key, shows it, and a restore throws it away', async () => {
      await appended({ type: 'started', person: 'mallory' });
      expect(await ferry('verify')).toBe(4);
      expect(out).toContain("dev-1: entry 4 doesn't bear the journal's seal: somebody wrote it who hasn't the key");
      expect(await ferry('show', 'dev-1')).toBe(0);
      expect(out).toMatch(/^ {3}4 NOT SEALED, not believed: .*mallory/m);
      expect(await ferry('restore')).toBe(0);
      expect(out).toContain("dev-1: 0 entries restored; 1 entry without the journal's seal thrown away");
      expect(await ferry('verify')).toBe(0);
    });

    it('an old journal is sealed once, and says so; a start says what to type', async () => {
      await unseal();
      expect(await ferry('verify')).toBe(4);
      expect(out).toContain('dev-1: no entry bears a seal: "ferry journal seal" seals');
      await expect(withStore(store => refuseOldJournals(store, state))).rejects.toThrow(
        `a journal is of a Ferry that didn't seal them: dev-1. With every Ferry stopped, type once: ferry journal seal --state ${state}`,
      );
      expect(await ferry('seal')).toBe(0);
      expect(out).toBe('dev-1: 3 entries sealed\n1 sealed, 0 sealed already\n');
      expect(await ferry('seal')).toBe(0);
      expect(out).toBe('0 sealed, 1 sealed already\n');
      expect(await ferry('verify')).toBe(0);
      await withStore(store => refuseOldJournals(store, state));
      wipe();
      expect(await ferry('restore')).toBe(0);
      expect(await ferry('verify')).toBe(0);
    });

    it('nothing is sealed where one journal is not as it was mirrored', async () => {
      await unseal();
      await withStore(async ({ redis }) => {
        const forger = new Forger(redis);
        await forger.rewrites('dev-1', [...(await forger.texts('dev-1')), '{"seq":4}']);
      });
      expect(await ferry('seal')).toBe(4);
      expect(err).toContain('dev-1: the store has 4 entries, the mirror 3: nobody can say who wrote the rest');
      await withStore(({ redis }) => redis.del(keys.run('dev-1')));
      expect(await ferry('seal')).toBe(4);
      expect(err).toContain('dev-1: the store has only 0 of 3 entries');
      writeFileSync(mirrorFile(), readFileSync(mirrorFile(), 'utf8').replace('alice', 'mallory'));
      expect(await ferry('seal')).toBe(4);
      expect(readFileSync(mirrorFile(), 'utf8')).not.toContain('"type":"sealed"');
    });

    it('two first starts at once have one key', async () => {
      const other = mkdtempSync(join(tmpdir(), 'ferry-key-'));
      try {
        const made = await Promise.all(Array.from({ length: 8 }, async () => keyName(makeJournalKey(other))));
        expect(new Set(made).size).toBe(1);
        expect(readdirSync(other)).toEqual(['journal.key']);
      } finally {
        rmSync(other, { recursive: true });
      }
    });
  });

  it('says how it is used, and what is wrong with how it was', async () => {
    expect(await ferry('--help')).toBe(0);
    expect(out).toContain('ferry journal show RUN [--json]');
    for (const argv of [[], ['shew'], ['show'], ['show', '../x'], ['restore', 'dev-1'], ['verify', 'dev-1', 'x']]) {
      await expect(ferry(...argv)).rejects.toThrow(UsageError);
    }
    expect(await ferry('show', 'dev-99')).toBe(1);
    expect(err).toBe('ferry journal: there is no run dev-99\n');
    await expect(ferry('verify', '--env-file', '/no/such')).rejects.toMatchObject({ where: '/no/such' });
  });
});
