import { Refused } from '#core/errors.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import { hostName } from './command-line.ts';
import { lastLine } from './run-or-refuse.ts';

/**
 * Runs one reading command and gives what it printed.
 *
 * @throws Refused `read-failed` when it exits non-zero: what it would have said isn't known, and nothing is guessed.
 */
export async function readOrRefuse(
  shell: ShellReader,
  host: HostRef,
  argv: readonly string[],
  options: { readonly as?: string; readonly okCodes?: readonly number[] } = {},
): Promise<string> {
  const result = await shell.read(host, argv, options.as === undefined ? {} : { as: options.as });
  if (result.code === 0 || options.okCodes?.includes(result.code)) return result.stdout;
  const said = lastLine(result.stderr) ?? lastLine(result.stdout) ?? 'it said nothing';
  throw new Refused(
    'read-failed',
    `${argv.slice(0, 3).join(' ')} on ${hostName(host)} failed with exit ${result.code}: ${said}`,
    { retry: true },
  );
}

/** As `readOrRefuse`, and reads what was printed. @throws as `understood`. */
export async function readAs<T>(
  shell: ShellReader,
  host: HostRef,
  argv: readonly string[],
  parse: (text: string) => T,
): Promise<T> {
  return understood(host, argv, await readOrRefuse(shell, host, argv), parse);
}

/**
 * Reads what a command printed.
 *
 * @throws Refused `read-failed` when that is cut off, empty, or otherwise not what the command prints: it is asked again.
 */
export function understood<T>(host: HostRef, argv: readonly string[], text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new Refused(
      'read-failed',
      `${argv.slice(0, 3).join(' ')} on ${hostName(host)} answered what can't be read: ${(error as Error).message}`,
      { retry: true },
    );
  }
}
