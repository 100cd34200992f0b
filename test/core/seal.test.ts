import { describe, expect, test } from 'vitest';
import type { Entry, NewEntry } from '#core/entries.ts';
import { hashOf } from '#core/hash.ts';
import { canonical, type JsonObject } from '#core/json.ts';
import { journalKey, keyName, openSealed, readEntries, sealEntries, sealedText } from '#core/seal.ts';
import { note } from '#test/builders/journal-entries.ts';
import { otherKey, testKey } from '#test/builders/journal-key.ts';

const start = { seq: 0, hash: '' };
const happened: NewEntry[] = [note('one'), note('two'), note('three'), note('four')];
const sealed = sealEntries(testKey, 'dev-1', start, happened, 1_000).map(one => one.text);

/** Types of what is read, in order. */
function typesOf(texts: readonly string[], run = 'dev-1', key = testKey): string[] {
  return readEntries(key, run, 1, texts).map(({ entry }) => entry.type);
}

function altered(text: string, change: JsonObject): string {
  return canonical({ ...(JSON.parse(text) as JsonObject), ...change });
}

/** A journal of before there were seals. */
function bare(entries: readonly NewEntry[] = happened): string[] {
  const texts: string[] = [];
  let prev = '';
  for (const [index, entry] of entries.entries()) {
    const whole = { ...entry, v: 1, seq: index + 1, at: 1_000, prev };
    texts.push(canonical(whole));
    prev = hashOf(whole);
  }
  return texts;
}

/** Vouches for a journal of before there were seals. */
function voucher(texts: readonly string[]): string {
  const head = { seq: texts.length, hash: hashOf(JSON.parse(texts.at(-1) ?? '')) };
  return sealEntries(testKey, 'dev-1', head, [{ type: 'sealed' }], 2_000)[0]?.text ?? '';
}

test('sealed entries are read as they were written, whole and from the middle', () => {
  expect(typesOf(sealed)).toEqual(['noted', 'noted', 'noted', 'noted']);
  const [third] = readEntries(testKey, 'dev-1', 3, sealed.slice(2));
  expect(third?.entry).toMatchObject({ type: 'noted', text: 'three', seq: 3 });
  expect(third?.hash).toBe(hashOf(third?.entry));
});

describe('nothing is believed of an entry', () => {
  const unsealed = (texts: readonly string[], run?: string, key?: typeof testKey) =>
    readEntries(key ?? testKey, run ?? 'dev-1', 1, texts)
      .filter(({ entry }) => entry.type === 'unsealed')
      .map(({ entry }) => entry.seq);

  test('of which any field was altered, its time and place included', () => {
    for (const change of [{ text: 'x' }, { at: 999 }, { person: 'bob' }, { v: 2 }, { cause: '$x' }, { extra: true }]) {
      expect(unsealed(sealed.with(1, altered(sealed[1] ?? '', change)))).toEqual([2]);
    }
    expect(unsealed(sealed.with(1, altered(sealed[1] ?? '', { prev: 'f'.repeat(64) })))).toEqual([2]);
  });

  test('that somebody made without the key, with another key, or with a seal of another entry', () => {
    const head = { seq: 4, hash: hashOf(JSON.parse(sealed[3] ?? '')) };
    const [byOther] = sealEntries(otherKey, 'dev-1', head, [note('approved')], 1_000);
    expect(unsealed([...sealed, byOther?.text ?? ''])).toEqual([5]);
    const { seal } = JSON.parse(sealed[3] ?? '') as { seal: string };
    expect(unsealed([...sealed, altered(byOther?.text ?? '', { seal })])).toEqual([5]);
    const { seal: _none, ...without } = JSON.parse(byOther?.text ?? '') as JsonObject;
    expect(unsealed([...sealed, canonical(without)])).toEqual([5]);
    for (const no of [5, null, [], {}])
      expect(unsealed(sealed.with(1, altered(sealed[1] ?? '', { seal: no })))).toEqual([2]);
    expect(unsealed(sealed, 'dev-1', otherKey)).toEqual([1, 2, 3, 4]);
  });

  test('that was taken from another run', () => {
    expect(unsealed(sealed, 'dev-2')).toEqual([1, 2, 3, 4]);
  });

  test('that stands in another place than its own: moved, repeated, or behind a gap', () => {
    const [one = '', two = '', three = '', four = ''] = sealed;
    expect(unsealed([one, three, two, four])).toEqual([2, 3]);
    expect(unsealed([one, two, two, three])).toEqual([3, 4]);
    expect(unsealed([one, three, four])).toEqual([2, 3]);
  });

  test('that is no entry at all, or can be read in two ways', () => {
    const [one = '', two = ''] = sealed;
    for (const text of ['', 'null', '[]', '7', '"x"', '{"seq":2', `${two} `, two.replace('{', '{"type":"ended",')]) {
      expect(unsealed([one, text])).toEqual([2]);
    }
  });

  test('in which nothing of what was written is left', () => {
    const [read] = readEntries(otherKey, 'dev-1', 1, sealed);
    expect(Object.keys(read?.entry ?? {}).sort()).toEqual(['at', 'bare', 'hash', 'prev', 'seq', 'type', 'v']);
  });
});

describe('a journal of before there were seals', () => {
  test('is not believed by itself', () => {
    expect(readEntries(testKey, 'dev-1', 1, bare()).map(({ entry }) => entry)).toEqual(
      [1, 2, 3, 4].map(seq => expect.objectContaining({ type: 'unsealed', bare: true, seq })),
    );
  });

  test('counts where it was sealed at its end, and goes on with seals', () => {
    const old = bare();
    const texts = [...old, voucher(old)];
    const last = readEntries(testKey, 'dev-1', 1, texts).at(-1);
    const head = { seq: 5, hash: last?.hash ?? '' };
    const more = sealEntries(testKey, 'dev-1', head, [note('since')], 3_000).map(one => one.text);
    expect(typesOf([...texts, ...more])).toEqual(['noted', 'noted', 'noted', 'noted', 'sealed', 'noted']);
  });

  test('counts only as it was when it was sealed: whatever was altered, and all before it, is not believed', () => {
    const old = bare();
    const seal = voucher(old);
    for (const index of [0, 1, 3]) {
      const types = typesOf([...old.with(index, altered(old[index] ?? '', { text: 'x' })), seal]);
      const from = index + 1;
      expect(types).toEqual([...old.map((_, at) => (at < from ? 'unsealed' : 'noted')), 'sealed']);
    }
  });

  test('is vouched for by nothing but what seals it: not by an entry that was added behind it', () => {
    const old = bare();
    const head = { seq: 4, hash: hashOf(JSON.parse(old[3] ?? '')) };
    const [behind] = sealEntries(testKey, 'dev-1', head, [note('since')], 3_000);
    expect(typesOf([...old, behind?.text ?? ''])).toEqual(['unsealed', 'unsealed', 'unsealed', 'unsealed', 'noted']);
  });

  test('gets nothing added without a seal once it was sealed', () => {
    const old = bare();
    const more = bare([...happened, { type: 'sealed' }, note('five')]).slice(5);
    expect(typesOf([...old, voucher(old), ...more])).toEqual([
      ...['noted', 'noted', 'noted', 'noted', 'sealed'],
      'unsealed',
    ]);
  });
});

test('a sealed text is read as what it was sealed as, and nothing else is read at all', () => {
  const sealed = sealedText(testKey, 'position of @ferry:sim', 's1 x');
  expect(openSealed(testKey, 'position of @ferry:sim', sealed)).toBe('s1 x');
  expect(openSealed(testKey, 'position of @other:sim', sealed)).toBeUndefined();
  expect(openSealed(otherKey, 'position of @ferry:sim', sealed)).toBeUndefined();
  for (const other of [undefined, null, '', 's1 x', `${sealed}y`, sealed.slice(1)]) {
    expect(openSealed(testKey, 'position of @ferry:sim', other)).toBeUndefined();
  }
});

test('a key is 64 hex digits, shows itself to nobody, and goes by a name', () => {
  expect(journalKey('7'.repeat(64))).toBeDefined();
  expect(journalKey('7'.repeat(63))).toBeUndefined();
  expect(journalKey('7'.repeat(65))).toBeUndefined();
  expect(journalKey(`${'7'.repeat(63)}g`)).toBeUndefined();
  expect(`${testKey} ${JSON.stringify({ testKey })}`).not.toContain('77');
  expect(keyName(testKey)).toMatch(/^[0-9a-f]{16}$/);
  expect(keyName(testKey)).not.toBe(keyName(otherKey));
  expect((JSON.parse(sealed[0] ?? '') as Entry & { seal: string }).seal).toMatch(/^[0-9a-f]{64}$/);
});
