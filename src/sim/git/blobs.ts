import { runGit } from './run-git.ts';

/** Texts by blob id, of all repositories: an id is the same text everywhere, and each reading is a process. */
const texts = new Map<string, string>();

/** The texts of blobs of a repository, in their order; what isn't known yet is read by one process. @throws Error when one is missing. */
export function blobTexts(dir: string, ids: readonly string[]): string[] {
  const missing = [...new Set(ids)].filter(id => !texts.has(id));
  if (missing.length > 0) read(dir, missing);
  return ids.map(id => texts.get(id) ?? '');
}

/** Whether a blob's text can be had without a process. */
export function isKnown(id: string): boolean {
  return texts.has(id);
}

function read(dir: string, ids: readonly string[]): void {
  const out = runGit(['--git-dir', dir, 'cat-file', '--batch'], { input: ids.map(id => `${id}\n`).join('') });
  let at = 0;
  for (const id of ids) {
    const head = out.indexOf('\n', at);
    const [, type, length] = out.toString('latin1', at, Math.max(at, head)).split(' ');
    const end = head + 1 + Number(length);
    if (type !== 'blob' || !(end <= out.length)) throw new Error(`${dir} has no blob ${id}`);
    texts.set(id, out.toString('utf8', head + 1, end));
    at = end + 1;
  }
}
