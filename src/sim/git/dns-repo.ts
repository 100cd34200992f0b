import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../kernel.ts';
import { treeOf } from './commits.ts';
import { type FileChange, importCommit } from './import-commit.ts';
import { initBare, seededAt } from './init-bare.ts';
import { readObject, readObjects } from './objects.ts';
import { runGit } from './run-git.ts';
import { filesOfTree } from './trees.ts';

/** Where batcave01 has it, and its branch. */
export const dnsRepository = '/srv/git/dns';
export const dnsBranch = 'master';
/** The zone of the pretend Fedora Project, as people edit it, and as the name servers get it. */
export const dnsZone = {
  name: 'aws.fedoraproject.org',
  file: 'master/aws.fedoraproject.org',
  built: 'built/aws.fedoraproject.org',
};

/** A file of a commit: its text, and git's mode ("100644", "100755"). */
export interface TreeFile {
  readonly text: string;
  readonly mode: string;
}

export type Tree = Readonly<Record<string, TreeFile>>;

/**
 * The pretend infrastructure's dns repository, bare, in the simulator's folder. Clones of it on batcave01 live in that
 * host's memory; their commits are made here, and are nobody's until they are pushed.
 */
export class DnsRepo {
  readonly #dir: string;
  readonly #kernel: Kernel;
  /** By commit, which never changes. */
  readonly #trees = new Map<string, Tree>();

  private constructor(kernel: Kernel, dir: string) {
    this.#kernel = kernel;
    this.#dir = dir;
  }

  /** Opens `dir/git/dns.git`, made on the first start from the pretend zone, built once. */
  static open(kernel: Kernel, options: { readonly dir: string }): DnsRepo {
    const dir = join(options.dir, 'git', 'dns.git');
    const repo = new DnsRepo(kernel, dir);
    if (!existsSync(join(dir, 'refs', 'heads', dnsBranch))) {
      // A first start that was cut off leaves a repository without a branch.
      rmSync(dir, { recursive: true, force: true });
      initBare(dir, dnsBranch);
      importCommit(dir, {
        branch: dnsBranch,
        author: 'Fedora Infrastructure <infra@example.org>',
        at: seededAt,
        message: 'The zones as they stand',
        files: changesOf({}, seed()),
      });
    }
    return repo;
  }

  /** Commit id of the branch. */
  head(): string {
    return readFileSync(join(this.#dir, 'refs', 'heads', dnsBranch), 'utf8').trim();
  }

  /** All files of a commit, the head unless told. */
  tree(commit = this.head()): Tree {
    const known = this.#trees.get(commit) ?? this.#readTree(commit);
    this.#trees.set(commit, known);
    return known;
  }

  #readTree(commit: string): Tree {
    const files = [...filesOfTree(this.#dir, treeOf(this.#dir, commit))];
    readObjects(
      this.#dir,
      files.map(([, { id }]) => id),
    );
    const text = (id: string) => readObject(this.#dir, id, 'blob').toString('utf8');
    return Object.fromEntries(files.map(([path, { mode, id }]) => [path, { mode, text: text(id) }]));
  }

  /** A file's text, at the head unless told; undefined when there is none. */
  file(path: string, commit = this.head()): string | undefined {
    return this.tree(commit)[path]?.text;
  }

  /** Messages of the branch, newest first, each with its author. */
  log(): { readonly author: string; readonly message: string }[] {
    return this.#git(['log', '--format=%an <%ae>%x00%B%x1e', dnsBranch])
      .toString()
      .split('\x1e\n')
      .filter(Boolean)
      .map(record => {
        const [author = '', message = ''] = record.split('\0');
        return { author, message: message.trimEnd() };
      });
  }

  /** Makes a commit that no branch has. Returns its id. */
  commit(parent: string, tree: Tree, author: string, message: string): string {
    const files = changesOf(this.tree(parent), tree);
    const commit = importCommit(this.#dir, { parent, author, message, files });
    this.#trees.set(commit, { ...tree });
    return commit;
  }

  /** Moves the branch to a commit that stands on its head; otherwise nothing happens. @returns whether it did. */
  push(commit: string, by: string): boolean {
    const from = this.head();
    if (commit === from) return true;
    try {
      this.#git(['merge-base', '--is-ancestor', from, commit]);
    } catch {
      return false;
    }
    this.#git(['update-ref', `refs/heads/${dnsBranch}`, commit, from]);
    const files = Object.keys(changesOf(this.tree(from), this.tree(commit))).sort();
    this.#kernel.effect('git', 'dns-pushed', { files }, by);
    return true;
  }

  /** Commits a change as somebody else would, straight into the repository. */
  commitAs(author: string, message: string, files: Readonly<Record<string, string>>): void {
    const head = this.head();
    const changed = Object.entries(files).map(([path, text]) => [path, { mode: '100644', text }] as const);
    this.push(this.commit(head, { ...this.tree(head), ...Object.fromEntries(changed) }, author, message), 'elsewhere');
  }

  #git(argv: string[]): Buffer {
    return runGit(['--git-dir', this.#dir, ...argv]);
  }
}

/** What makes one tree of another. */
function changesOf(before: Tree, after: Tree): Record<string, FileChange> {
  const changes: Record<string, FileChange> = {};
  for (const path of Object.keys(before)) if (after[path] === undefined) changes[path] = undefined;
  for (const [path, { mode, text }] of Object.entries(after)) {
    if (before[path]?.text !== text || before[path]?.mode !== mode) changes[path] = { mode, bytes: text };
  }
  return changes;
}

/** What people edit, and what `do-domains` made of it the last time. */
function seed(): Tree {
  const text = (path: string) => readFileSync(join(import.meta.dirname, 'seed-dns', path), 'utf8');
  const zone = { mode: '100644', text: text(dnsZone.file) };
  return {
    README: { mode: '100644', text: text('README') },
    'do-domains': { mode: '100755', text: text('do-domains') },
    [dnsZone.file]: zone,
    [dnsZone.built]: zone,
  };
}
