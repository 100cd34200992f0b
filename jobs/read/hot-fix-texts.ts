import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';

/** At most so many bytes of one file are shown, and of all of them together. */
const shownOfOne = 8 * 1024;
const shownOfAll = 48 * 1024;

type HotFixText = NonNullable<TargetFacts['hotFixTexts']>[number];

/**
 * What stands in changed files of packages. A host doesn't hold what its packages hold, and getting it would be a download,
 * so that this is the file as it is, not a difference. Read as nobody: what isn't for everybody's eyes, or isn't text, is
 * named only.
 */
export async function hotFixTexts(shell: ShellReader, host: HostRef, paths: readonly string[]): Promise<HotFixText[]> {
  const found: HotFixText[] = [];
  let left = shownOfAll;
  for (const path of paths) {
    const one = await textOf(shell, host, path, Math.min(shownOfOne, left));
    left -= Buffer.byteLength(one.text ?? '');
    found.push(one);
  }
  return found;
}

async function textOf(shell: ShellReader, host: HostRef, path: string, most: number): Promise<HotFixText> {
  const named = (about: string): HotFixText => ({ path, about, text: null });
  const { code, stdout } = await shell.read(host, ['stat', '-c', '%a %s %Y %F', path]);
  const [, mode = '', size = '', changed = '', kind = ''] = /^(\d+) (\d+) (\d+) (.+)$/.exec(stdout.trim()) ?? [];
  if (code !== 0 || kind === '') return named('it is missing');
  const about = `${size} bytes, changed ${new Date(Number(changed) * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (!/^regular (?:empty )?file$/.test(kind)) return named(`a ${kind}`);
  if ((Number.parseInt(mode, 8) & 0o004) === 0) return named(`${about}; not for everybody to read, so not shown`);
  if (most === 0) return named(`${about}; not shown, the others are long enough`);
  const head = await shell.read(host, ['head', '-c', String(most), path], { as: 'nobody' });
  if (head.code !== 0) return named(`${about}; not for everybody to read, so not shown`);
  const text = head.stdout;
  // Its last character may be cut in two.
  if (/(?![\t\n\v\f\r])\p{Cc}/u.test(text) || text.slice(0, -2).includes('\ufffd')) return named(`${about}; not text`);
  return { path, about: Number(size) > most ? `${about}; its first ${most} bytes` : about, text };
}
