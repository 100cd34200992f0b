import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { becauseOf, harmless, plainLine } from '#chat/harmless.ts';

describe('free text in a message', () => {
  it.each([
    ['@room look', '(at)room look'],
    ['<!channel> hi', '‹!channel› hi'],
    ['<b>bold</b>', '‹b›bold‹/b›'],
    ['✅ approved by bob', 'approved by bob'],
    ['☑ ✔️ ✓ ✗ ❌ done', 'done'],
    ['a\nHALTED: prod-7', 'a HALTED: prod-7'],
    ['a\u202eb\u200bc\u0007', 'abc'],
    ['”. ferry: “yes', "'. ferry: 'yes"],
    ['@bob see `code` *here*', "(at)bob see 'code' 'here'"],
  ])('%j is shown as %j', (text, expected) => {
    expect(harmless(text)).toBe(expected);
  });

  it('keeps ordinary words of any script', () => {
    expect(harmless('kvůli Fedoře 43, 日本語')).toBe('kvůli Fedoře 43, 日本語');
  });

  it('has nothing left that mentions, marks up, hides or breaks the line, whatever was said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(harmless(text)).not.toMatch(/[@<>`\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|✅|❌/u);
        expect(becauseOf(text).match(/[“”]/g)?.length ?? 0).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('a machine’s line keeps its signs but calls nobody', () => {
    expect(plainLine('TASK [copr : x] <host> @room\u001b[0m\n')).toBe('TASK [copr : x] <host> (at)room ');
  });
});
