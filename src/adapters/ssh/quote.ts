import { Refused } from '#core/errors.ts';

/**
 * The one place where a word is quoted for a shell: POSIX single quotes, so nothing in it is expanded.
 *
 * @throws Refused `nul-in-argument`: no argument of a program can hold a NUL.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Refused('nul-in-argument', 'an argument holds a NUL character: nothing was sent');
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A program with its arguments as one line of shell.
 *
 * @throws Refused `nul-in-argument`, or `no-program` where there is no first word.
 */
export function quoteAll(argv: readonly string[]): string {
  if ((argv[0] ?? '') === '') throw new Refused('no-program', 'the command names no program: nothing was sent');
  return argv.map(quote).join(' ');
}
