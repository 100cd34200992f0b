import { expect, it } from 'vitest';
import { farthest, markText, readMark } from '#core/record-heads.ts';
import { otherKey, testKey } from '#test/builders/journal-key.ts';

const head = (seq: number, at = seq) => ({ seq, hash: String(seq).repeat(64).slice(0, 64), at });

it('is read again as it was written', () => {
  const heads = new Map([['dev-1', head(3)]]);
  expect(readMark(testKey, 'one', markText(testKey, 'one', heads))).toEqual(heads);
});

it('says nothing where somebody wrote it who has another key, or where it is of another store', () => {
  const text = markText(testKey, 'one', new Map([['dev-1', head(3)]]));
  expect(readMark(otherKey, 'one', text)).toBeUndefined();
  expect(readMark(testKey, 'two', text)).toBeUndefined();
  expect(readMark(testKey, 'one', text.replace('[3,', '[2,'))).toBeUndefined();
  expect(readMark(testKey, 'one', undefined)).toBeUndefined();
});

it('of each run the farther head counts, and the hundred runs that went on last fit into 32 KiB', () => {
  expect(farthest(new Map([['dev-1', head(3)]]), new Map([['dev-1', head(2)]])).get('dev-1')).toEqual(head(3));
  const many = new Map(Array.from({ length: 150 }, (_, index) => [`prod-${index}`, head(500, index)] as const));
  const kept = farthest(many);
  expect(kept.size).toBe(100);
  expect(kept.has('prod-149')).toBe(true);
  expect(kept.has('prod-49')).toBe(false);
  expect(markText(testKey, 'one', kept).length).toBeLessThan(32 * 1024);
});
