import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput, FerryError, Refused, Unknown } from '#core/errors.ts';
import type { Commit } from '#ports/inventory.ts';
import { type FileAt, FilesRead, renewed } from './files-read.ts';
import { GitCommand, type GitResult, withoutCredentials } from './git-command.ts';
import { commitOfRecord, logFormat } from './log-record.ts';
import { writeHook } from './push-fence.ts';
import { type SshIdentity, sshWrapper } from './ssh-wrapper.ts';

export interface MirrorOptions {
  readonly repository: string;
  readonly branch: string;
  readonly cacheDir: string;
  readonly ssh?: SshIdentity;
  readonly limitMs: number;
}

/** Of the head, and since when a run looks. */
const keptLogs = 4;

/**
 * A bare copy of the remote repository in a folder of our own, and git run on it. It is a cache: where git can't use it, a
 * power loss having left empty objects, half a file or a stale lock, it is thrown away and made anew (`whole`).
 */
export class Mirror {
  readonly folder: string;
  readonly #options: MirrorOptions;
  #git: Promise<GitCommand> | undefined;
  /** Commits that the copy was seen to hold: each process that is started holds up everything else for its fork. */
  readonly #held = new Set<string>();
  /** Files that were read: a commit's never change. */
  #read = new FilesRead();
  /** The newest answers of `log` about whole commits, which can't change. */
  readonly #logged = new Map<string, readonly Commit[]>();
  /** The how manieth copy of this process it is, and the throwing away of the one before. */
  #nth = 1;
  #renewal: Promise<void> = Promise.resolve();
  #seen: { readonly head: string; readonly at: number } | undefined;

  constructor(options: MirrorOptions) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(options.branch) || options.branch.includes('..'))
      throw new BadInput('branch', `"${options.branch}" is no branch's name`);
    if (
      options.repository.startsWith('-') ||
      /[\s\0]/.test(options.repository) ||
      /^(ext|fd)::/.test(options.repository)
    )
      throw new BadInput('repository', `"${withoutCredentials(options.repository)}" is no repository's address`);
    this.#options = options;
    this.folder = join(options.cacheDir, 'mirror.git');
  }

  /** Does something with the copy; once more with a new one where this one is broken. */
  async whole<T>(act: () => Promise<T>): Promise<T> {
    const nth = this.#nth;
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== broken) throw error;
      await this.#throwAway(nth);
      return act();
    }
  }

  /** Throws the copy away if git can't use it: for where what failed may have been the remote's doing. */
  async renewIfBroken(): Promise<void> {
    const nth = this.#nth;
    if ((await this.#whyBroken()) !== undefined) await this.#throwAway(nth);
  }

  /** Of several that found the same copy broken the first throws it away. */
  #throwAway(nth: number): Promise<void> {
    if (nth !== this.#nth) return this.#renewal;
    this.#nth += 1;
    this.#renewal = (async () => {
      this.#git = undefined;
      this.#held.clear();
      this.#read = new FilesRead();
      this.#logged.clear();
      this.#seen = undefined;
      // Moved first: whoever reads in it meanwhile, another process perhaps, finds none rather than half of one.
      const gone = `${this.folder}.broken-${randomUUID()}`;
      await rename(this.folder, gone).catch(() => undefined);
      await rm(gone, { recursive: true, force: true, maxRetries: 3 });
    })();
    return this.#renewal;
  }

  /** What git says is wrong with the copy, if anything is. */
  async #whyBroken(): Promise<string | undefined> {
    for (const argv of [
      ['rev-parse', '--git-dir'],
      ['fsck', '--connectivity-only', '--no-dangling', '--no-progress'],
    ]) {
      const result = await this.git(argv, { limitMs: 10 * this.#options.limitMs });
      if (isItsDoing(result)) return lastLine(result);
    }
    return undefined;
  }

  /** Runs git on the copy. */
  async git(
    argv: readonly string[],
    options: { input?: string | Buffer; env?: Record<string, string>; limitMs?: number; signal?: AbortSignal } = {},
  ): Promise<GitResult> {
    const git = await this.#opened();
    return git.run(
      ['--git-dir', this.folder, '-c', `core.hooksPath=${join(this.#options.cacheDir, 'hooks')}`, ...argv],
      {
        limitMs: this.#options.limitMs,
        ...options,
      },
    );
  }

  /** As `git`, for what can't fail by the remote's doing. @throws Unknown `inventory-copy-broken`. */
  async local(
    argv: readonly string[],
    options: { input?: string | Buffer; env?: Record<string, string> } = {},
  ): Promise<string> {
    const result = await this.git(argv, options);
    if (isItsDoing(result)) throw this.#brokenAt(`git ${argv[0]}`, lastLine(result));
    if (result.code !== 0) throw new Unknown('inventory-copy-slow', `git ${argv[0]}: ${lastLine(result)}`);
    return result.stdout.toString('utf8').trim();
  }

  #brokenAt(what: string, why: string): Unknown {
    return new Unknown(broken, `${what} failed in the copy ${this.folder}: ${why}`);
  }

  /** The remote can't be asked, or the copy is broken: git's own words don't tell. */
  async #unreachable(result: GitResult): Promise<Unknown> {
    const why = result.code === null ? undefined : await this.#whyBroken();
    return why === undefined ? unreachable(this.#options.repository, result) : this.#brokenAt('git', why);
  }

  /** The branch's commit as it was seen a moment ago (or pushed by ourselves), if it was: asking costs a round trip. */
  recentHead(): string | undefined {
    return this.#seen !== undefined && performance.now() - this.#seen.at < 10_000 ? this.#seen.head : undefined;
  }

  /** The branch was seen to stand there. */
  sawHead(head: string): void {
    this.#held.add(head);
    this.#seen = { head, at: performance.now() };
  }

  /** Fetches the branch and gives its commit. @throws Unknown `inventory-unreachable`. */
  async fetchHead(): Promise<string> {
    this.#seen = undefined;
    const head = await this.#fetchHead();
    this.sawHead(head);
    return head;
  }

  async #fetchHead(): Promise<string> {
    const { repository, branch } = this.#options;
    const asked = await this.git(['ls-remote', '--', repository, `refs/heads/${branch}`]);
    if (asked.code !== 0) throw await this.#unreachable(asked);
    const head = asked.stdout.toString('utf8').split(/\s/)[0] ?? '';
    if (head === '')
      throw new Unknown('inventory-unreachable', `${withoutCredentials(repository)} has no branch ${branch}`);
    if (await this.#holds(head)) return head;
    // A ref of its own for each fetch: two processes may share the folder.
    const ref = `refs/ferry/${randomUUID()}`;
    const fetched = await this.git(
      ['fetch', '--quiet', '--no-tags', '--', repository, `+refs/heads/${branch}:${ref}`],
      {
        // The first one brings the whole history.
        limitMs: 10 * this.#options.limitMs,
      },
    );
    if (fetched.code !== 0) throw await this.#unreachable(fetched);
    const commit = await this.local(['rev-parse', '--verify', `${ref}^{commit}`]);
    await this.local(['update-ref', '--stdin'], {
      input: `update refs/heads/${branch} ${commit}\ndelete ${ref}\n`,
    });
    return commit;
  }

  /** A commit was made in the copy: what was read of the one that it stands on is there too, but for its own files. */
  made(commit: string, on: string, files: readonly (FileAt & { readonly path: string })[]): void {
    this.#held.add(commit);
    const there = this.#read.of(commit);
    for (const [path, file] of this.#read.of(on)) there.set(path, file);
    for (const { path, mode, bytes } of files) there.set(path, { mode, bytes });
  }

  /** Files at a commit that the copy holds, by path; what isn't a plain file there is left out. */
  async files(paths: readonly string[], commit: string): Promise<Map<string, FileAt>> {
    paths.forEach(checkPath);
    const known = this.#read.of(commit);
    const missing = paths.filter(path => !known.has(path));
    if (missing.length > 0) {
      const read = await this.#filesAt(missing, commit);
      for (const path of missing) known.set(path, read.get(path));
    }
    return new Map(
      paths.flatMap(path => {
        const file = known.get(path);
        return file === undefined ? [] : [[path, file]];
      }),
    );
  }

  async #filesAt(paths: readonly string[], commit: string): Promise<Map<string, FileAt>> {
    const listed = await this.local(['--literal-pathspecs', 'ls-tree', '-z', commit, '--', ...paths]);
    const blobs = listed.split('\0').flatMap(entry => {
      const [, mode = '', blob = '', path = ''] = /^(100\d{3}) blob (\S+)\t(.*)$/s.exec(entry) ?? [];
      return path === '' ? [] : [{ mode, blob, path }];
    });
    const texts = await this.#blobs(blobs.map(({ blob }) => blob));
    return new Map(blobs.map(({ mode, blob, path }) => [path, { mode, bytes: texts.get(blob) ?? Buffer.alloc(0) }]));
  }

  /** @throws Unknown `inventory-copy-broken`. */
  async #blobs(ids: readonly string[]): Promise<Map<string, Buffer>> {
    const texts = new Map<string, Buffer>();
    const missing = ids.filter(id => {
      const known = this.#read.blob(id);
      if (known !== undefined) texts.set(id, known);
      return known === undefined;
    });
    if (missing.length === 0) return texts;
    const read = await this.git(['cat-file', '--batch'], { input: missing.map(id => `${id}\n`).join('') });
    let at = 0;
    for (const id of missing) {
      const head = read.stdout.indexOf('\n', at);
      const [, type, length] = read.stdout.toString('latin1', at, Math.max(at, head)).split(' ');
      const end = head + 1 + Number(length);
      if (type !== 'blob' || !(end <= read.stdout.length)) throw this.#brokenAt('git cat-file', `it can't give ${id}`);
      at = end + 1;
      const bytes = Buffer.from(read.stdout.subarray(head + 1, end));
      texts.set(id, bytes);
      this.#read.keep(id, bytes);
    }
    return texts;
  }

  /** One file, of a commit (fetched when the copy hasn't got it) or of the fresh head. @throws Refused `no-such-commit`. */
  async file(path: string, commit: string | undefined): Promise<FileAt | undefined> {
    checkPath(path);
    if (commit !== undefined) await this.have(commit);
    return (await this.files([path], commit ?? (await this.fetchHead()))).get(path);
  }

  /** A commit of ours became the head: of the history up to it only that commit is new. */
  pushed(commit: { readonly id: string; readonly shown: Commit | undefined }, on: string, limit: number): void {
    const { id, shown } = commit;
    this.sawHead(id);
    const known = this.#logged.get(JSON.stringify([[on], limit]));
    if (known === undefined || shown === undefined) return;
    renewed(this.#logged, JSON.stringify([[id], limit]), [shown, ...known].slice(0, limit), keptLogs);
  }

  /** Commits of a range, newest first. */
  async log(range: readonly string[], limit: number): Promise<Commit[]> {
    const asked = JSON.stringify([range, limit]);
    const known = this.#logged.get(asked);
    if (known !== undefined) return [...known];
    const result = await this.git(['log', `--max-count=${limit}`, `--format=${logFormat}`, ...range, '--']);
    if (result.code !== 0) {
      const why = await this.#whyBroken();
      if (why !== undefined) throw this.#brokenAt('git log', why);
      throw new Refused('no-such-commit', `the inventory's history can't be read: ${lastLine(result)}`);
    }
    const commits = result.stdout
      .toString('utf8')
      .split('\x1e')
      .map(record => record.replace(/^\n/, ''))
      .filter(Boolean)
      .map(commitOfRecord);
    if (range.every(one => /^[0-9a-f]{40}(\.\.[0-9a-f]{40})?$/.test(one)))
      renewed(this.#logged, asked, commits, keptLogs);
    return [...commits];
  }

  /** What a commit changed, as unified diff, cut after 400 lines. */
  async diff(from: string, to: string): Promise<string> {
    const whole = await this.local(['diff-tree', '-p', '--no-color', '--no-ext-diff', '-U3', from, to]);
    const lines = whole.split('\n');
    return lines.length <= 400 ? whole : [...lines.slice(0, 400), `… ${lines.length - 400} more lines`].join('\n');
  }

  /** Sees to it that the copy holds a commit. @throws Refused `no-such-commit`. */
  async have(commit: string): Promise<void> {
    if (!/^[0-9a-f]{4,64}$/.test(commit)) throw new BadInput('commit', `"${commit}" is no commit id`);
    if (await this.#holds(commit)) return;
    await this.fetchHead();
    if (!(await this.#holds(commit))) throw new Refused('no-such-commit', `the inventory has no commit ${commit}`);
  }

  async #holds(commit: string): Promise<boolean> {
    if (this.#held.has(commit)) return true;
    const held = (await this.git(['cat-file', '-e', `${commit}^{commit}`])).code === 0;
    if (held) this.#held.add(commit);
    return held;
  }

  #opened(): Promise<GitCommand> {
    this.#git ??= this.#open().catch(error => {
      this.#git = undefined;
      throw error;
    });
    return this.#git;
  }

  async #open(): Promise<GitCommand> {
    const { cacheDir, ssh, branch, limitMs, repository } = this.#options;
    const home = join(cacheDir, 'home');
    await mkdir(home, { recursive: true });
    await writeHook(join(cacheDir, 'hooks'));
    const git = new GitCommand(home, ssh === undefined ? {} : await sshWrapper(join(cacheDir, 'ssh'), ssh));
    const origin = `${repository}\n`;
    const from = join(cacheDir, 'repository');
    // A copy of another repository holds commits that this one doesn't have.
    if ((await readFile(from, 'utf8').catch(() => origin)) !== origin)
      await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    await writeFile(from, origin);
    if (!(await isFile(join(this.folder, 'HEAD')))) {
      await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
      const made = await git.run(['init', '--bare', '--quiet', `--initial-branch=${branch}`, this.folder], { limitMs });
      if (made.code !== 0)
        throw new Unknown('inventory-copy-unmade', `git can't make ${this.folder}: ${lastLine(made)}`);
    }
    return git;
  }
}

const broken = 'inventory-copy-broken';

/** Git ended by itself with an error: not by a signal, not because it took too long. */
function isItsDoing({ code, stopped }: GitResult): boolean {
  return code !== 0 && code !== null && !stopped;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Git's last words, for people. */
export function lastLine(result: GitResult): string {
  if (result.stopped) return 'it took too long';
  const lines = result.stderr
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
  const telling = lines.filter(line => /^(fatal|error|remote|ssh|Permission denied|Host key)/i.test(line));
  return (telling[0] ?? lines.at(-1) ?? `exit ${result.code ?? 'by a signal'}`).slice(0, 300);
}

function unreachable(repository: string, result: GitResult): Unknown {
  return new Unknown(
    'inventory-unreachable',
    `${withoutCredentials(repository)} can't be fetched: ${lastLine(result)}`,
  );
}

function checkPath(path: string): void {
  const parts = path.split('/');
  if (
    path === '' ||
    /[\0\n\r]/.test(path) ||
    parts.some(part => part === '' || part === '.' || part === '..' || part === '.git')
  )
    throw new BadInput('file', `"${path}" is no path inside the inventory's repository`);
}
