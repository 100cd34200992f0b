import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../kernel.ts';
import { runGit } from './run-git.ts';

/** The branch that the pretend infrastructure plays from. */
export const inventoryBranch = 'main';

/** Texts by `commit:path`, which name the same in every repository; reading one takes a process. */
const texts = new Map<string, string | undefined>();

/** One commit as `log` shows it. */
export interface LoggedCommit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly subject: string;
  readonly message: string;
}

/**
 * The pretend infrastructure's Ansible repository, bare, in the simulator's folder. What a push or a script changes is seen
 * at once; pretend hosts read files from it without a checkout.
 */
export class InventoryRepo {
  /** The bare repository's folder. */
  readonly dir: string;
  readonly #kernel: Kernel;
  readonly #listeners: (() => void)[] = [];
  #read = { head: '', files: new Map<string, string | undefined>() };
  #logged: readonly LoggedCommit[] = [];
  #changed: { readonly range: string; readonly paths: readonly string[] } | undefined;

  private constructor(kernel: Kernel, dir: string) {
    this.#kernel = kernel;
    this.dir = dir;
  }

  /**
   * Opens `dir/git/ansible.git`, made on the first start from a folder of inventory files (the pretend ones unless told).
   * The folder is a checkout that holds `inventory/`, or the `inventory` folder itself.
   *
   * @throws Error when the folder holds neither.
   */
  static open(kernel: Kernel, options: { readonly dir: string; readonly seedFrom?: string }): InventoryRepo {
    const dir = join(options.dir, 'git', 'ansible.git');
    if (!existsSync(join(dir, 'refs', 'heads', inventoryBranch))) {
      // A first start that was cut off leaves a repository without a branch.
      rmSync(dir, { recursive: true, force: true });
      seed(dir, options.seedFrom ?? join(import.meta.dirname, 'seed'));
    }
    return new InventoryRepo(kernel, dir);
  }

  /** Commit id of the branch. */
  head(): string {
    return readFileSync(join(this.dir, 'refs', 'heads', inventoryBranch), 'utf8').trim();
  }

  /** A file's text at the head, or undefined. */
  file(path: string): string | undefined {
    const head = this.head();
    if (this.#read.head !== head) this.#forgetChanged(head);
    if (!this.#read.files.has(path)) this.#read.files.set(path, this.#textOf(head, path));
    return this.#read.files.get(path);
  }

  /** What a push left alone is not read again: a commit touches one file or three, and each read is a process. */
  #forgetChanged(head: string): void {
    const { head: from, files } = this.#read;
    if (from !== '') {
      for (const path of this.#changedPaths(from, head)) files.delete(path);
    }
    this.#read = { head, files };
  }

  /** Paths of all files at the head, or of those that differ there from what they were at another commit. */
  files(since?: string): readonly string[] {
    if (since !== undefined) {
      try {
        return this.#changedPaths(since, this.head());
      } catch {
        // Such a commit isn't there: anything may differ.
      }
    }
    return this.#git('ls-tree', '-r', '-z', '--name-only', this.head()).split('\0').filter(Boolean);
  }

  /** Paths that differ between two commits. Whoever hears of a push asks the same: the newest answer is kept. */
  #changedPaths(from: string, to: string): readonly string[] {
    if (from === to) return [];
    const range = `${from}..${to}`;
    if (this.#changed?.range !== range) {
      const paths = this.#git('diff-tree', '-r', '-z', '--name-only', from, to).split('\0').filter(Boolean);
      this.#changed = { range, paths };
    }
    return this.#changed.paths;
  }

  /** Commits after `since`, or all, newest first. */
  log(since?: string): LoggedCommit[] {
    const all = this.#history();
    if (since === undefined) return [...all];
    const at = all.findIndex(commit => commit.id === since);
    return at >= 0 && isChain(all) ? all.slice(0, at) : this.#log(`${since}..${inventoryBranch}`);
  }

  /** All commits at the head. What came since the last time is read alone. */
  #history(): readonly LoggedCommit[] {
    const head = this.head();
    const known = this.#logged;
    const [newest] = known;
    if (newest?.id === head) return known;
    const newer = newest === undefined ? [] : this.#log(`${newest.id}..${head}`);
    const grew = newest !== undefined && newer.length > 0 && isChain([...newer, newest]);
    this.#logged = grew ? [...newer, ...known] : this.#log(head);
    return this.#logged;
  }

  #log(range: string): LoggedCommit[] {
    return this.#git('log', '--format=%H%x00%P%x00%an <%ae>%x00%s%x00%B%x1e', range)
      .split('\x1e\n')
      .filter(record => record !== '')
      .map(record => {
        const [id = '', parents = '', author = '', subject = '', message = ''] = record.split('\0');
        return { id, parents: parents.split(' ').filter(Boolean), author, subject, message: message.trimEnd() };
      });
  }

  /** The change of one commit as a unified diff. */
  diff(commit: string): string {
    return this.#git('show', '--format=', '--no-color', commit);
  }

  /** Calls back after each push that moved the branch. */
  onPush(callback: () => void): void {
    this.#listeners.push(callback);
  }

  /** To be called after a push: records it as effect and tells the listeners, unless the branch stands where it stood. */
  pushed(from: string): void {
    const to = this.head();
    if (to === from) return;
    const commits = this.log(from).map(({ id, author, subject, message }) => ({ id, author, subject, message }));
    const files = this.#changedPaths(from, to);
    this.#kernel.effect('git', 'push', { from, to, commits, files });
    for (const tell of this.#listeners) tell();
  }

  /** Commits a change as somebody else would, straight into the repository. Returns the new head. */
  commitAs(author: string, message: string, files: Readonly<Record<string, string | Buffer>>): string {
    const before = this.head();
    const index = join(this.dir, `index-${process.pid}-${Date.now()}`);
    const env = { GIT_INDEX_FILE: index, ...identity(author) };
    const git = (argv: string[], input?: string | Buffer) =>
      runGit(['--git-dir', this.dir, ...argv], { env, ...(input === undefined ? {} : { input }) })
        .toString()
        .trim();
    try {
      git(['read-tree', before]);
      for (const [path, text] of Object.entries(files)) {
        const blob = git(['hash-object', '-w', '--stdin'], text);
        git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
      }
      const commit = git(['commit-tree', git(['write-tree']), '-p', before], message);
      git(['update-ref', `refs/heads/${inventoryBranch}`, commit, before]);
    } finally {
      rmSync(index, { force: true });
    }
    this.pushed(before);
    return this.head();
  }

  #textOf(head: string, path: string): string | undefined {
    const blob = `${head}:${path}`;
    if (!texts.has(blob)) texts.set(blob, this.#readText(blob));
    return texts.get(blob);
  }

  #readText(blob: string): string | undefined {
    try {
      return this.#git('cat-file', 'blob', blob);
    } catch {
      return undefined;
    }
  }

  #git(...argv: string[]): string {
    return runGit(['--git-dir', this.dir, ...argv]).toString();
  }
}

function seed(dir: string, from: string): void {
  const inner = existsSync(join(from, 'inventory')) && statSync(join(from, 'inventory')).isDirectory();
  if (!inner && !existsSync(join(from, 'group_vars')))
    throw new Error(`${from} holds no folder "inventory", and is none: give the checkout or its inventory folder`);
  mkdirSync(dir, { recursive: true });
  const env = { GIT_INDEX_FILE: join(dir, 'seed-index'), ...identity('Fedora Infrastructure <infra@example.org>') };
  const git = (...argv: string[]) =>
    runGit(['--git-dir', dir, ...argv], { env })
      .toString()
      .trim();
  git('init', '--bare', '--quiet', '--template=', `--initial-branch=${inventoryBranch}`, dir);
  for (const [key, value] of [
    ['gc.auto', '0'],
    ['receive.autogc', 'false'],
    ['receive.denyNonFastForwards', 'true'],
    ['receive.denyDeletes', 'true'],
    ['http.receivepack', 'true'],
    ['core.autocrlf', 'false'],
    ['core.bare', 'true'],
  ] as const)
    git('config', key, value);
  git('-c', 'core.bare=false', '--work-tree', from, 'add', '--all', '--force', '.');
  if (!inner) {
    const folder = git('write-tree');
    git('read-tree', '--empty');
    git('-c', 'core.bare=false', '--work-tree', from, 'read-tree', '--prefix=inventory/', folder);
  }
  git(
    'update-ref',
    `refs/heads/${inventoryBranch}`,
    git('commit-tree', '-m', 'The inventory as it stands', git('write-tree')),
  );
  git('repack', '-a', '-d', '-q');
  rmSync(join(dir, 'seed-index'), { force: true });
}

/** Who a commit is by: "Name <mail>", as git's environment has it. */
export function identity(author: string): Record<string, string> {
  const match = /^(.*) <(.*)>$/.exec(author);
  const name = match?.[1] ?? author;
  const email = match?.[2] ?? 'nobody@example.org';
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

/** Each commit stands on the next one alone. */
function isChain(commits: readonly LoggedCommit[]): boolean {
  return commits.every(({ parents }, nth) => {
    const below = commits[nth + 1];
    return below === undefined || (parents.length === 1 && parents[0] === below.id);
  });
}
