import { Unknown } from '#core/errors.ts';
import { lastLine, type Mirror } from './mirror.ts';

/** A commit's message with our trailers behind those that it has. What people wrote can't pass for one of ours. */
export async function withMessage(
  mirror: Mirror,
  message: string,
  trailers: Readonly<Record<string, string>>,
): Promise<string> {
  const own = new RegExp(`^\\s*(${Object.keys(trailers).join('|')})\\s*:`, 'i');
  const clean = message
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .split('\n')
    .map(line => (own.test(line) ? `> ${line}` : line))
    .join('\n');
  const argv = Object.entries(trailers).flatMap(([name, value]) => ['--trailer', `${name}: ${value}`]);
  const result = await mirror.git(['-c', 'trailer.ifexists=add', 'interpret-trailers', ...argv], {
    input: `${clean.trim()}\n`,
  });
  if (result.code !== 0)
    throw new Unknown('inventory-copy-broken', `git can't write a commit's message: ${lastLine(result)}`);
  return result.stdout.toString('utf8');
}
