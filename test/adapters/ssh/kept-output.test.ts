import { describe, expect, it } from 'vitest';
import { KeptOutput } from '#adapters/ssh/kept-output.ts';
import { lastLines } from '#adapters/ssh/last-lines.ts';

function kept(chunks: readonly string[], limit: { head: number; tail: number }) {
  const output = new KeptOutput(limit);
  for (const chunk of chunks) output.add(Buffer.from(chunk));
  return { cut: output.cut, length: output.length, text: output.toBuffer().toString() };
}

describe('an output that is kept', () => {
  it('is whole as long as it fits, in whatever pieces it comes', () => {
    for (const chunks of [['abcdefgh'], ['ab', 'cdefg', 'h'], [...'abcdefgh'], []])
      expect(kept(chunks, { head: 5, tail: 3 })).toEqual({
        cut: 0,
        length: chunks.join('').length,
        text: chunks.join(''),
      });
  });

  it('keeps its beginning and its end, and says in between what is cut', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    for (const size of [1, 2, 3, 5, 7, 26]) {
      const chunks = letters.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      expect(kept(chunks, { head: 5, tail: 3 }).text).toBe('abcde\n[18 bytes of output are cut here]\nxyz');
      expect(kept(chunks, { head: 26, tail: 0 })).toEqual({ cut: 0, length: 26, text: letters });
      expect(kept(chunks, { head: 2, tail: 0 }).text).toBe('ab\n[24 bytes of output are cut here]\n');
    }
  });
});

describe('last lines', () => {
  it('a line that is too long says what is cut of it', () => {
    expect(lastLines(Buffer.from(`one\n${'x'.repeat(1_500)}\ntwo`))).toEqual([
      'one',
      `${'x'.repeat(500)} [1,000 bytes of output are cut here]`,
      'two',
    ]);
  });

  it('the rest of a line whose beginning is lost is not taken for a whole one', () => {
    const piece = Buffer.from(`${'x'.repeat(65_536 - 5)}\nend\n`);
    expect(lastLines(piece)).toEqual([`…${'x'.repeat(500)}`, 'end']);
  });
});
