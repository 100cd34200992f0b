import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { mirrorFile, mirrorRuns, readMirror } from '#adapters/mirror/read-mirror.ts';
import type { Entry } from '#core/entries.ts';
import { hashOf } from '#core/hash.ts';
import { canonical } from '#core/json.ts';
import { note } from '#test/builders/journal-entries.ts';
import { entriesIn } from '#test/builders/journal-key.ts';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'ferry-mirror-')), 'journal');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

function chain(length: number, word = 'note'): Entry[] {
  const entries: Entry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const prev = seq === 1 ? '' : hashOf(entries.at(-1));
    entries.push({ ...note(`${word} ${seq}`), v: 1, seq, at: seq, prev } as Entry);
  }
  return entries;
}

describe('the mirror', () => {
  it('gives back what it holds, in canonical JSON a line each', async () => {
    const entries = chain(5);
    const mirror = fileMirror(dir);
    await mirror.hold('dev-1', entries.slice(0, 2));
    await mirror.hold('dev-1', entries.slice(2));
    expect(await mirror.read('dev-1')).toEqual(entries.map(canonical));
    const head = { seq: 5, hash: hashOf(entries[4]), at: 5, synced: 5 };
    expect(await mirror.head('dev-1')).toEqual(head);
    expect(await mirror.runs()).toEqual(['dev-1']);
    const lines = readFileSync(join(dir, 'dev-1.jsonl'), 'utf8').split('\n').filter(Boolean);
    expect(lines).toEqual(entries.map(canonical));
    expect(statSync(join(dir, 'dev-1.jsonl')).mode & 0o777).toBe(0o600);
  });

  it('is empty where there is nothing', async () => {
    expect(mirrorRuns(dir)).toEqual([]);
    expect(readMirror(dir, 'dev-1').texts).toEqual([]);
    expect(await fileMirror(dir).head('dev-1')).toEqual({ seq: 0, hash: '', at: 0, synced: 0 });
  });

  it('takes in what another process wrote, and knows that it did not sync it', async () => {
    const entries = chain(3);
    const [one, other] = [fileMirror(dir), fileMirror(dir)];
    await one.hold('dev-1', entries.slice(0, 2));
    expect(await other.head('dev-1')).toMatchObject({ seq: 2, synced: 0 });
    await other.hold('dev-1', entries);
    expect(await one.head('dev-1')).toMatchObject({ seq: 3, synced: 2 });
    await one.hold('dev-1', []);
    expect(await one.head('dev-1')).toMatchObject({ seq: 3, synced: 3 });
    expect(readFileSync(join(dir, 'dev-1.jsonl'), 'utf8').split('\n').filter(Boolean)).toHaveLength(3);
  });

  it('refuses an entry that does not fit, before writing it', async () => {
    const mirror = fileMirror(dir);
    await mirror.hold('dev-1', chain(3));
    const other = chain(5, 'other');
    for (const wrong of [other.slice(1, 2), other.slice(3, 4), chain(5).slice(4)]) {
      await expect(mirror.hold('dev-1', wrong)).rejects.toMatchObject({ name: 'Halt', code: 'mirror-differs' });
    }
    expect(readMirror(dir, 'dev-1')).toEqual({ texts: chain(3).map(canonical), beyond: [], damaged: 0 });
  });

  it('reads lines in any order, twice, torn anywhere, as long as each is whole somewhere', () => {
    const entries = chain(8);
    const texts = entries.map(canonical);
    const line = fc.oneof(
      fc.nat({ max: 7 }).map(i => texts[i]!),
      fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 200 })).map(([i, end]) => texts[i]!.slice(0, end)),
    );
    fc.assert(
      fc.property(fc.array(line), fc.shuffledSubarray(texts, { minLength: 8 }), fc.array(line), (a, whole, b) => {
        execFileSync('mkdir', ['-p', dir]);
        writeFileSync(join(dir, 'dev-1.jsonl'), `\n${[...a, ...whole, ...b].join('\n\n')}\n{"torn`);
        const read = readMirror(dir, 'dev-1');
        expect(read.texts).toEqual(texts);
        expect(read.beyond).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses two different entries of one seq, and says which run', async () => {
    await fileMirror(dir).hold('dev-1', chain(2));
    appendFileSync(join(dir, 'dev-1.jsonl'), `${canonical(chain(2, 'other')[1])}\n`);
    expect(() => readMirror(dir, 'dev-1')).toThrow(/dev-1 holds two different entries 2/);
    const mirror = fileMirror(dir);
    await expect(mirror.head('dev-1')).rejects.toMatchObject({ code: 'mirror-differs' });
    await expect(mirror.hold('dev-1', chain(3))).rejects.toMatchObject({ code: 'mirror-differs' });
  });

  it('shows any altered byte of any entry but the last', async () => {
    const entries = chain(6);
    await fileMirror(dir).hold('dev-1', entries);
    const file = join(dir, 'dev-1.jsonl');
    const bytes = readFileSync(file);
    const end = bytes.indexOf(canonical(entries[5]));
    fc.assert(
      fc.property(fc.nat({ max: end - 2 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const altered = Buffer.from(bytes);
        altered[at] = altered[at]! ^ by;
        writeFileSync(file, altered);
        let read: readonly Entry[] = [];
        try {
          read = entriesIn(dir, 'dev-1');
        } catch (error) {
          expect(error).toMatchObject({ name: 'Halt' });
          return;
        }
        // Either the chain stops before it, or (a line end that was altered) nothing was lost.
        expect(read).toEqual(entries.slice(0, read.length));
      }),
      { numRuns: 300 },
    );
  });

  it('shows where an entry is missing', async () => {
    await fileMirror(dir).hold('dev-1', chain(5));
    const file = join(dir, 'dev-1.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    writeFileSync(file, `${lines.filter((_, i) => i !== 2).join('\n')}\n`);
    const read = readMirror(dir, 'dev-1');
    expect(read.texts).toHaveLength(2);
    expect(read.beyond).toEqual([4, 5]);
  });

  it('is refused when it got shorter under our hands', async () => {
    const mirror = fileMirror(dir);
    await mirror.hold('dev-1', chain(3));
    truncateSync(join(dir, 'dev-1.jsonl'), 10);
    await expect(mirror.head('dev-1')).rejects.toMatchObject({ code: 'mirror-broken' });
  });

  it('says that the disk is full, and goes on when there is room again', async () => {
    const mirror = fileMirror(dir);
    await mirror.hold('dev-1', chain(1));
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'no folder');
    const again = fileMirror(dir);
    await expect(again.hold('dev-1', chain(1))).rejects.toThrow();
    rmSync(dir);
    await again.hold('dev-1', chain(1));
    expect(readMirror(dir, 'dev-1').texts).toHaveLength(1);
  });

  it('remembers no more runs than it needs and still knows all', async () => {
    const mirror = fileMirror(dir);
    const entries = chain(2);
    for (let i = 1; i <= 100; i += 1) await mirror.hold(`dev-${i}`, entries);
    for (let i = 1; i <= 100; i += 1) {
      expect(await mirror.hashAt(`dev-${i}`, 2)).toBe(hashOf(entries[1]));
    }
  });

  it("takes no run's name that would be another path", () => {
    for (const name of ['../x', 'a/b', '', '.hidden', 'a\0b']) expect(() => mirrorFile(dir, name)).toThrow(/is no run/);
  });
});
