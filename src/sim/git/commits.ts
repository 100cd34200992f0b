import { readObject } from './objects.ts';
import { runGit } from './run-git.ts';

/** One commit as `log` shows it. */
export interface LoggedCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** "Name <mail>". */
  readonly author: string;
  readonly subject: string;
  readonly message: string;
}

/** The tree of a commit. @throws Error when there is no such commit. */
export function treeOf(dir: string, commit: string): string {
  const [, tree = ''] = /^tree (\w+)\n/.exec(readObject(dir, commit, 'commit').toString('latin1', 0, 64)) ?? [];
  return tree;
}

/**
 * Commits from `head` back to `since` (which is left out) or to the first one, newest first, as `git log since..head` has
 * them. A history with merges is left to git.
 *
 * @throws Error with git's words when one isn't there.
 */
export function commitsBetween(dir: string, since: string | undefined, head: string): LoggedCommit[] {
  const commits: LoggedCommit[] = [];
  for (let id: string | undefined = head; id !== undefined && id !== since; ) {
    const commit = readCommit(dir, id);
    if (commit === undefined || commit.parents.length > 1) return logged(dir, since, head);
    commits.push(commit);
    [id] = commit.parents;
    if (id === undefined && since !== undefined) return logged(dir, since, head);
  }
  return commits;
}

/** Undefined where it isn't in UTF-8. */
function readCommit(dir: string, id: string): LoggedCommit | undefined {
  const text = readObject(dir, id, 'commit').toString('utf8');
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end).split('\n');
  if (headers.some(line => line.startsWith('encoding '))) return undefined;
  const [, author = ''] = /^author (.*>) \d+ [-+]\d+$/m.exec(text.slice(0, end)) ?? [];
  const parents = headers.filter(line => line.startsWith('parent ')).map(line => line.slice('parent '.length));
  const message = text.slice(end + 2);
  return { id, parents, author, subject: subjectOf(message), message: message.trimEnd() };
}

/** The first paragraph, on one line. */
function subjectOf(message: string): string {
  const lines = message
    .replace(/^\s*\n/, '')
    .split('\n')
    .map(line => line.trimEnd());
  const end = lines.indexOf('');
  return lines.slice(0, end < 0 ? lines.length : end).join(' ');
}

function logged(dir: string, since: string | undefined, head: string): LoggedCommit[] {
  const range = since === undefined ? head : `${since}..${head}`;
  return runGit(['--git-dir', dir, 'log', '--format=%H%x00%P%x00%an <%ae>%x00%s%x00%B%x1e', range])
    .toString()
    .split('\x1e\n')
    .filter(record => record !== '')
    .map(record => {
      const [id = '', parents = '', author = '', subject = '', message = ''] = record.split('\0');
      return { id, parents: parents.split(' ').filter(Boolean), author, subject, message: message.trimEnd() };
    });
}
