import { Unknown } from '#core/errors.ts';
import type { Commit } from '#ports/inventory.ts';
import { lastLine, type Mirror } from './mirror.ts';

/** A commit's message with our trailers behind those that it has. What people wrote can't pass for one of ours. */
export async function withMessage(
  mirror: Mirror,
  message: string,
  trailers: Readonly<Record<string, string>>,
): Promise<string> {
  const own = new RegExp(`^\\s*(${Object.keys(trailers).join('|')})\\s*:`, 'i');
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}`);
  const clean = message
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .split('\n')
    .map(line => (own.test(line) ? `> ${line}` : line))
    .join('\n');
  const text = clean.trim();
  if (endsInNoTrailers(text)) return `${text}\n\n${lines.join('\n')}\n`;
  const argv = lines.flatMap(line => ['--trailer', line]);
  const result = await mirror.git(['-c', 'trailer.ifexists=add', 'interpret-trailers', ...argv], {
    input: `${text}\n`,
  });
  if (result.code !== 0)
    throw new Unknown('inventory-copy-broken', `git can't write a commit's message: ${lastLine(result)}`);
  return result.stdout.toString('utf8');
}

/** Whether ours become a paragraph of their own at the very end, as git would have it: what may be otherwise, git writes. */
function endsInNoTrailers(text: string): boolean {
  const last = text.split(/\n\s*\n/).at(-1) ?? '';
  return !/[:#]|\(cherry picked/.test(last) && !/^(---|#)/m.test(text);
}

/**
 * How git's log shows a commit that was just made, so that it needn't be asked. Undefined where that takes git: an author
 * who isn't plainly "Name <mail>", or a last paragraph with anything but one trailer a line.
 */
export function asLogged(commit: {
  readonly id: string;
  readonly author: string;
  readonly at: number;
  readonly message: string;
}): Commit | undefined {
  const { id, author, at, message } = commit;
  const paragraphs = message.trimEnd().split('\n\n');
  const trailers = (paragraphs.at(-1) ?? '').split('\n').map(line => /^([A-Za-z][A-Za-z-]*): (\S+)$/.exec(line));
  const [subject = ''] = paragraphs;
  const plain = /^\w[\w -]*\w <[\w.@-]+>$/.test(author) && /^\S[^\n]*\S$/.test(subject);
  if (!plain || paragraphs.length < 2 || trailers.includes(null)) return undefined;
  const seconds = Math.floor(at / 1000);
  return {
    id,
    author,
    at: seconds * 1000,
    subject,
    trailers: Object.fromEntries(trailers.map(trailer => [trailer?.[1], trailer?.[2]])),
  };
}
