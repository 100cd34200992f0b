import { Unknown } from '#core/errors.ts';
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
