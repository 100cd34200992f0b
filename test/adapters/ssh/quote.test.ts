import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote, quoteAll } from '#adapters/ssh/quote.ts';

/** What the shell made of words: each behind a NUL. */
function words(line: string): readonly string[] {
  return execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

describe('quoting for a shell', () => {
  it('every word reaches the program as it is', () => {
    const word = fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.replaceAll('\0', '').toWellFormed());
    const nasty = fc.constantFrom(
      "'",
      "'\\''",
      '$(id)',
      '`id`',
      '; rm -rf /',
      '-n',
      '\n',
      '"',
      '\\',
      '*',
      '~',
      '!x',
      '#',
      'a\r\nb',
      '\u001b[31m',
      '$IFS',
      '&&',
      '>x',
      '{a,b}',
      '',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 6 }), list => {
        expect(words(list.map(quote).join(' '))).toEqual(list);
      }),
      { numRuns: 150 },
    );
  });

  it('a NUL is refused, and so is a command without a program', () => {
    expect(() => quote('a\0b')).toThrow(/NUL/);
    expect(() => quoteAll([])).toThrow(/no program/);
    expect(() => quoteAll(['', 'x'])).toThrow(/no program/);
  });
});
