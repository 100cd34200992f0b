import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../kernel.ts';
import { blobTexts, isKnown } from './blobs.ts';
import { importCommit } from './import-commit.ts';
import { runGit } from './run-git.ts';
import { seedInventory } from './seed-inventory.ts';

/** The branch that the pretend infrastructure plays from. */
export const inventoryBranch = 'main';

/** Blob ids of files by path; undefined where none is any more. */
type Blobs = ReadonlyMap<string, string | undefined>;

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
  /** Blob ids of the files at a head, by path. */
  #tree: { readonly head: string; readonly blobs: Blobs } | undefined;
  #logged: readonly LoggedCommit[] = [];
  #changed: { readonly range: string; readonly blobs: Blobs } | undefined;

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
    const blobs = this.#blobs();
    const id = blobs.get(path);
    if (id === undefined) return undefined;
    // What came by the same push is looked at next.
    const others = [...(this.#changed?.blobs.values() ?? [])].filter(other => other !== undefined);
    const [text] = blobTexts(this.dir, isKnown(id) ? [id] : [id, ...others]);
    return text;
  }

  /** Paths of all files at the head, or of those that differ there from what they were at another commit. */
  files(since?: string): readonly string[] {
    if (since !== undefined) {
      try {
        return [...this.#changedBlobs(since, this.head()).keys()];
      } catch {
        // Such a commit isn't there: anything may differ.
      }
    }
    return [...this.#blobs().keys()];
  }

  /** All files at the head, by path. What a push left alone is not listed again. */
  #blobs(): Blobs {
    const head = this.head();
    if (this.#tree?.head !== head) this.#tree = { head, blobs: this.#blobsAt(head) };
    return this.#tree.blobs;
  }

  #blobsAt(head: string): Blobs {
    if (this.#tree === undefined) {
      const listed = this.#git('ls-tree', '-r', '-z', head).matchAll(/\d+ blob (\w+)\t([^\0]+)\0/g);
      return new Map([...listed].map(([, id = '', path = '']) => [path, id]));
    }
    const blobs = new Map(this.#tree.blobs);
    for (const [path, id] of this.#changedBlobs(this.#tree.head, head)) {
      if (id === undefined) blobs.delete(path);
      else blobs.set(path, id);
    }
    return blobs;
  }

  /** Files that differ between two commits, with what they are in the second. Whoever hears of a push asks the same: the newest answer is kept. */
  #changedBlobs(from: string, to: string): Blobs {
    if (from === to) return new Map();
    const range = `${from}..${to}`;
    if (this.#changed?.range !== range) {
      const raw = this.#git('diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to);
      const fields = raw.matchAll(/:\d+ (\d+) \w+ (\w+) \w\0([^\0]+)\0/g);
      // Plain files and links; a file that was taken away has the mode 000000.
      const blobs = [...fields].map(
        ([, mode = '', id, path = '']) => [path, /^1[02]0/.test(mode) ? id : undefined] as const,
      );
      this.#changed = { range, blobs: new Map(blobs) };
    }
    return this.#changed.blobs;
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
    const files = [...this.#changedBlobs(from, to).keys()];
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

  #git(...argv: string[]): string {
    return runGit(['--git-dir', this.dir, ...argv]).toString();
  }
}

/** Each commit stands on the next one alone. */
function isChain(commits: readonly LoggedCommit[]): boolean {
  return commits.every(({ parents }, nth) => {
    const below = commits[nth + 1];
    return below === undefined || (parents.length === 1 && parents[0] === below.id);
  });
}
