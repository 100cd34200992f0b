import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../kernel.ts';
import { identity } from './inventory-repo.ts';
import { runGit } from './run-git.ts';

/** Where batcave01 has it, and its branch. */
export const dnsRepository = '/srv/git/dns';
export const dnsBranch = 'master';
/** The zone of the pretend Fedora Project, as people edit it, and as the name servers get it. */
export const dnsZone = {
  name: 'fedoraproject.org',
  file: 'master/fedoraproject.org',
  built: 'built/fedoraproject.org',
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
  /** By commit, which never changes: each reading is a process. */
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
      mkdirSync(dir, { recursive: true });
      repo.#git(['init', '--bare', '--quiet', '--template=', `--initial-branch=${dnsBranch}`, dir]);
      repo.#git([
        'update-ref',
        `refs/heads/${dnsBranch}`,
        repo.commit(undefined, seed(), infra, 'The zones as they stand'),
      ]);
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
    const paths = this.#git(['ls-tree', '-r', '-z', commit]).toString().split('\0').filter(Boolean);
    return Object.fromEntries(
      paths.map(line => {
        const [, mode = '', path = ''] = /^(\d+) blob \w+\t(.*)$/s.exec(line) ?? [];
        return [path, { mode, text: this.#git(['cat-file', 'blob', `${commit}:${path}`]).toString() }];
      }),
    );
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
  commit(parent: string | undefined, tree: Tree, author: string, message: string): string {
    const index = join(this.#dir, `index-${process.pid}-${Date.now()}`);
    const env = { GIT_INDEX_FILE: index, ...identity(author) };
    const git = (argv: string[], input?: string) => this.#git(argv, { env, ...(input === undefined ? {} : { input }) });
    const before = parent === undefined ? {} : this.tree(parent);
    try {
      if (parent !== undefined) git(['read-tree', parent]);
      for (const path of Object.keys(before))
        if (tree[path] === undefined) git(['update-index', '--force-remove', path]);
      for (const [path, { mode, text }] of Object.entries(tree)) {
        if (before[path]?.text === text && before[path]?.mode === mode) continue;
        const blob = git(['hash-object', '-w', '--stdin'], text).toString().trim();
        git(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`]);
      }
      const whole = git(['write-tree']).toString().trim();
      const parents = parent === undefined ? [] : ['-p', parent];
      return git(['commit-tree', whole, ...parents], message)
        .toString()
        .trim();
    } finally {
      rmSync(index, { force: true });
    }
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
    const files = this.#git(['diff-tree', '-r', '-z', '--name-only', from, commit])
      .toString()
      .split('\0')
      .filter(Boolean);
    this.#kernel.effect('git', 'dns-pushed', { files }, by);
    return true;
  }

  /** Commits a change as somebody else would, straight into the repository. */
  commitAs(author: string, message: string, files: Readonly<Record<string, string>>): void {
    const head = this.head();
    const changed = Object.entries(files).map(([path, text]) => [path, { mode: '100644', text }] as const);
    this.push(this.commit(head, { ...this.tree(head), ...Object.fromEntries(changed) }, author, message), 'elsewhere');
  }

  #git(argv: string[], options: { env?: Record<string, string>; input?: string } = {}): Buffer {
    return runGit(['--git-dir', this.#dir, ...argv], options);
  }
}

const infra = 'Fedora Infrastructure <infra@example.org>';

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
