import { Refused } from '#core/errors.ts';
import type { Writers } from '#engine/define-change.ts';
import type { Send } from '#ports/send.ts';
import type { HostRef, Result } from '#ports/shell.ts';
import { hostName } from './command-line.ts';

/** What to run, and the words for it in an error ("unmount /srv/copr-fe"). */
export interface ShortCommand {
  readonly host: HostRef;
  readonly argv: readonly string[];
  readonly what: string;
  readonly as?: string;
  readonly limitMs?: number;
}

/**
 * Runs one short changing command.
 *
 * @throws Refused `target-busy` (retry) when it says that something is in use, `disk-full`, else `command-failed`; the
 *   next look says what the world is like, so a command that did half of its work is no trap.
 */
export async function runOrRefuse(ports: Writers, command: ShortCommand, send: Send): Promise<Result> {
  const { host, argv, what, as, limitMs } = command;
  const result = await ports.shell.run(host, argv, send, {
    ...(as === undefined ? {} : { as }),
    ...(limitMs === undefined ? {} : { limitMs }),
  });
  if (result.code === 0) return result;
  const said = lastLine(result.stderr) ?? lastLine(result.stdout) ?? 'it said nothing';
  const sentence = `${what} on ${hostName(host)} failed with exit ${result.code}: ${said}`;
  const text = `${result.stderr}\n${result.stdout}`;
  if (/\b(busy|in use)\b/i.test(text)) throw new Refused('target-busy', sentence, { retry: true });
  if (/no space left/i.test(text)) throw new Refused('disk-full', sentence);
  throw new Refused('command-failed', sentence);
}

/** The last line with something on it, cut at 300 characters. */
export function lastLine(text: string): string | undefined {
  const line = text
    .split('\n')
    .map(one => one.trim())
    .findLast(one => one !== '');
  return line?.slice(0, 300);
}
