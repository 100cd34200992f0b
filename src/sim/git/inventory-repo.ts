import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../kernel.ts';
import { commitsBetween, type LoggedCommit, treeOf } from './commits.ts';
import { importCommit } from './import-commit.ts';
import { readObject } from './objects.ts';
import { runGit } from './run-git.ts';
import { seedInventory } from './seed-inventory.ts';
import { changedFiles, filesOfTree, type TreeEntry } from './trees.ts';

/** The branch that the pretend infrastructure plays from. */
export const inventoryBranch = 'main';

/** Files by path; undefined where there is none any more. */
type Files = ReadonlyMap<string, TreeEntry | undefined>;

/**
 * The pretend infrastructure's Ansible repository, bare, in the simulator's folder. What a push or a script changes is seen
 * at once; pretend hosts read files from it without a checkout.
 */
export class InventoryRepo {
  /** The bare repository's folder. */
  readonly dir: string;
  readonly #kernel: Kernel;
  readonly #listeners: (() => void)[] = [];
  /** The files at a head. */
  #tree: { readonly head: string; readonly files: Files } | undefined;
  #logged: readonly LoggedCommit[] = [];
  #changed: { readonly range: string; readonly files: Files } | undefined;

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
      seedInventory(dir, inventoryBranch, options.seedFrom ?? join(import.meta.dirname, 'seed'));
    }
    return new InventoryRepo(kernel, dir);
  }

  /** Commit id of the branch. */
  head(): string {
    return readFileSync(join(this.dir, 'refs', 'heads', inventoryBranch), 'utf8').trim();
  }

  /** A file's text at the head, or undefined. */
  file(path: string): string | undefined {
    const entry = this.#files().get(path);
    return entry === undefined ? undefined : readObject(this.dir, entry.id, 'blob').toString('utf8');
  }

  /** Paths of all files at the head, or of those that differ there from what they were at another commit. */
  files(since?: string): readonly string[] {
    if (since !== undefined) {
      try {
        return [...this.#changedFiles(since, this.head()).keys()];
      } catch {
        // Such a commit isn't there: anything may differ.
      }
    }
    return [...this.#files().keys()];
  }

  /** All files at the head, by path. What a push left alone is not looked at again. */
  #files(): Files {
    const head = this.head();
    if (this.#tree?.head !== head) this.#tree = { head, files: this.#filesAt(head) };
    return this.#tree.files;
  }

  #filesAt(head: string): Files {
    if (this.#tree === undefined) return filesOfTree(this.dir, treeOf(this.dir, head));
    const files = new Map(this.#tree.files);
    for (const [path, entry] of this.#changedFiles(this.#tree.head, head)) {
      if (entry === undefined) files.delete(path);
      else files.set(path, entry);
    }
    return files;
  }

  /** Files that differ between two commits. Whoever hears of a push asks the same: the newest answer is kept. */
  #changedFiles(from: string, to: string): Files {
    if (from === to) return new Map();
    const range = `${from}..${to}`;
    if (this.#changed?.range !== range)
      this.#changed = { range, files: changedFiles(this.dir, treeOf(this.dir, from), treeOf(this.dir, to)) };
    return this.#changed.files;
  }

  /** Commits after `since`, or all, newest first. */
  log(since?: string): LoggedCommit[] {
    const all = this.#history();
    if (since === undefined) return [...all];
    const at = all.findIndex(commit => commit.id === since);
    return at >= 0 && isChain(all) ? all.slice(0, at) : commitsBetween(this.dir, since, this.head());
  }

  /** All commits at the head. What came since the last time is read alone. */
  #history(): readonly LoggedCommit[] {
    const head = this.head();
    const known = this.#logged;
    const [newest] = known;
    if (newest?.id === head) return known;
    const newer = newest === undefined ? [] : commitsBetween(this.dir, newest.id, head);
    const grew = newest !== undefined && newer.length > 0 && isChain([...newer, newest]);
    this.#logged = grew ? [...newer, ...known] : commitsBetween(this.dir, undefined, head);
    return this.#logged;
  }

  /** The change of one commit as a unified diff. */
  diff(commit: string): string {
    return runGit(['--git-dir', this.dir, 'show', '--format=', '--no-color', commit]).toString();
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
    const files = [...this.#changedFiles(from, to).keys()];
    this.#kernel.effect('git', 'push', { from, to, commits, files });
    for (const tell of this.#listeners) tell();
  }

  /** Commits a change as somebody else would, straight into the repository. Returns the new head. */
  commitAs(author: string, message: string, files: Readonly<Record<string, string | Buffer>>): string {
    const parent = this.head();
    const changes = Object.entries(files).map(([path, bytes]) => [path, { mode: '100644', bytes }] as const);
    importCommit(this.dir, { branch: inventoryBranch, parent, author, message, files: Object.fromEntries(changes) });
    this.pushed(parent);
    return this.head();
  }
}

/** Each commit stands on the next one alone. */
function isChain(commits: readonly LoggedCommit[]): boolean {
  return commits.every(({ parents }, nth) => {
    const below = commits[nth + 1];
    return below === undefined || (parents.length === 1 && parents[0] === below.id);
  });
}
