import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { NotSent, Refused, Unknown } from '#core/errors.ts';
import { applyEdits, filesOf } from '#core/inventory/apply-edits.ts';
import type { InventoryEdit } from '#core/inventory/edit.ts';
import type { Commit, InventoryReader, InventoryWriter } from '#ports/inventory.ts';
import type { Send } from '#ports/send.ts';
import { withMessage } from './commit-message.ts';
import { decoded, encoded } from './file-text.ts';
import { asLogged } from './log-record.ts';
import { makeCommit } from './make-commit.ts';
import { lastLine, Mirror } from './mirror.ts';
import { pushFence } from './push-fence.ts';

/** So many commits back a key is looked for. */
const wholeHistory = 2_000;

export interface GitInventoryOptions {
  /** Any address that git takes: https://…, ssh://…, user@host:path, file://…. */
  readonly repository: string;
  readonly branch: string;
  /** "Name <mail>": author and committer of every commit. */
  readonly author: string;
  /** A folder of its own for the bare copy. */
  readonly cacheDir: string;
  /** For addresses over SSH. */
  readonly sshKeyFile?: string;
  /** Plain public keys of the SSH host; none is trusted but these. */
  readonly hostKeys?: readonly string[];
  /** Limit of a fetch or a push; a minute unless told. */
  readonly limitMs?: number;
}

export interface PushProof {
  /**
   * Asks the remote for a push that would change nothing, as a dry run: it answers only who may push.
   *
   * @throws Refused `push-refused`, Unknown `inventory-unreachable`.
   */
  mayPush(): Promise<void>;
}

/**
 * The inventory in a git repository, by the command-line git on a bare copy without a work tree.
 *
 * Reading throws Unknown `inventory-unreachable` where the remote can't be asked. A commit whose edits find all their work
 * done is none: the head comes back, with an empty diff. A commit that carries the key already isn't made again.
 */
export function gitInventory(options: GitInventoryOptions): InventoryReader & InventoryWriter & PushProof {
  const { repository, branch, author, cacheDir, sshKeyFile, hostKeys = [], limitMs = 60_000 } = options;
  const ssh = sshKeyFile === undefined ? {} : { ssh: { keyFile: sshKeyFile, hostKeys } };
  const mirror = new Mirror({ repository, branch, cacheDir, limitMs, ...ssh });
  const inTurn = oneAfterTheOther();

  async function commitOf(key: string, head: string): Promise<Commit | undefined> {
    const commits = await mirror.log([head], wholeHistory);
    return commits.find(commit => commit.trailers['Ferry-Change'] === key);
  }

  /** The commit, made in the copy, and how the history will show it, if that is plain; undefined when the edits find all their work done. */
  async function made(
    change: { readonly edits: readonly InventoryEdit[]; readonly message: string },
    send: Send,
    head: string,
  ): Promise<{ readonly id: string; readonly shown: Commit | undefined } | undefined> {
    const trailers = { 'Ferry-Run': send.run, 'Ferry-Change': send.key };
    const [before, message] = await Promise.all([
      mirror.files(filesOf(change.edits), head),
      withMessage(mirror, change.message, trailers),
    ]);
    const texts = Object.fromEntries([...before].map(([path, file]) => [path, decoded(file.bytes).text]));
    const after = Object.entries(applyEdits(texts, change.edits)).flatMap(([path, text]) => {
      const file = before.get(path);
      return file === undefined ? [] : [{ path, mode: file.mode, bytes: encoded(text, file.bytes) }];
    });
    if (after.length === 0) return undefined;
    const at = send.now();
    const id = await makeCommit(mirror, { head, author, at, message, files: after });
    return { id, shown: asLogged({ id, author, at, message }) };
  }

  async function push(commit: string, head: string, send: Send): Promise<void> {
    if (send.signal.aborted || send.now() > send.sendBy) throw new NotSent();
    const fence = pushFence(join(cacheDir, `pushed-${randomUUID()}`), send);
    try {
      // The lease makes the remote compare: it takes the commit only on the very head that was edited.
      const lease = `--force-with-lease=refs/heads/${branch}:${head}`;
      const argv = ['push', '--porcelain', '--quiet', lease, '--', repository, `${commit}:refs/heads/${branch}`];
      const result = await mirror.git(argv, { env: { ...fence.env }, signal: send.signal });
      if (result.code === 0) return;
      const answer = result.stdout.toString('utf8');
      const no = /^!\t.*\[(?:remote )?rejected\] \((.*)\)/m.exec(answer)?.[1];
      if (no !== undefined) {
        const now = await mirror.fetchHead();
        // Over HTTP a push whose answer was lost may have been sent again below: then this is the second one's answer.
        const ancestor = await mirror.git(['merge-base', '--is-ancestor', commit, now]);
        if (ancestor.code === 0) return;
        // 1 is a no, anything else an error.
        if (ancestor.code !== 1) {
          throw new Unknown('push-unknown', `whether the commit was pushed isn't known: ${lastLine(ancestor)}`);
        }
        if (/fetch first|non-fast-forward|stale info|failed to update ref|cannot lock ref/.test(no)) {
          // Once the branch has left the head that we name, no request of ours can move it any more.
          if (now !== head) throw new Refused('raced', 'somebody pushed to the inventory in between', { retry: true });
          throw new Unknown('push-unknown', `another push is under way at the inventory's server: ${no}`);
        }
        throw new Refused('push-refused', `the inventory's server refused the commit: ${no}`);
      }
      const status = /(?:returned error:|HTTP) (4(?!08)\d\d)/.exec(result.stderr);
      if (status !== null) {
        const [, code] = status;
        throw new Refused('push-refused', `the inventory's server answered ${code}`, { retry: code === '429' });
      }
      // Git's words don't tell whose doing it was.
      await mirror.renewIfBroken();
      if (!fence.passed()) {
        if (send.signal.aborted || send.now() > send.sendBy) throw new NotSent();
        throw new Refused('inventory-unreachable', `nothing was pushed: ${lastLine(result)}`, { retry: true });
      }
      throw new Unknown('push-unknown', `whether the commit was pushed isn't known: ${lastLine(result)}`);
    } finally {
      await fence.remove();
    }
  }

  /** @param fresh the head was asked for just now. @returns undefined where there is nothing to do, or a fresher head may say otherwise. */
  async function commitOn(
    head: string,
    fresh: boolean,
    change: { readonly edits: readonly InventoryEdit[]; readonly message: string },
    send: Send,
  ): Promise<{ commit: string; diff: string } | undefined> {
    const [there, own] = await Promise.all([
      commitOf(send.key, head),
      made(change, send, head).catch((error: unknown) => ({ error })),
    ]);
    if (there !== undefined) return { commit: there.id, diff: await mirror.diff(`${there.id}~1`, there.id) };
    if (own === undefined) return undefined;
    if ('error' in own) return fresh ? nothingSent(own.error) : undefined;
    try {
      const [diff] = await Promise.all([mirror.diff(head, own.id), push(own.id, head, send)]);
      mirror.pushed(own, head, wholeHistory);
      return { commit: own.id, diff };
    } catch (error) {
      if (!fresh && error instanceof Refused && error.code === 'raced') return undefined;
      throw error;
    }
  }

  return {
    head: () => mirror.whole(() => mirror.fetchHead()),

    async mayPush() {
      const head = await mirror.whole(() => mirror.fetchHead());
      const argv = [
        'push',
        '--dry-run',
        '--no-verify',
        '--porcelain',
        '--',
        repository,
        `${head}:refs/heads/${branch}`,
      ];
      const result = await mirror.git(argv);
      if (result.code !== 0) throw new Refused('push-refused', `nothing can be pushed: ${lastLine(result)}`);
    },

    async file(path, commit) {
      const file = await mirror.whole(() => mirror.file(path, commit));
      return file === undefined ? undefined : decoded(file.bytes).text;
    },

    commitsSince: commit =>
      mirror.whole(async () => {
        const head = await mirror.fetchHead();
        await mirror.have(commit);
        return mirror.log([`${commit}..${head}`], 500);
      }),

    commitOf: (key, head) =>
      mirror.whole(async () => {
        if (head !== undefined) await mirror.have(head);
        return commitOf(key, head ?? (await mirror.fetchHead()));
      }),

    commit: (change, send) =>
      inTurn(() =>
        mirror.whole(async () => {
          // Its turn may come too late: then no time of the next one is spent on it.
          if (send.signal.aborted || send.now() > send.sendBy) throw new NotSent();
          // A request may leave for a short time only: the head that the look has just seen saves a round trip. The remote
          // compares, so one that is no longer the head costs another try and never a wrong commit.
          const known = mirror.recentHead();
          const early = known === undefined ? undefined : await commitOn(known, false, change, send);
          if (early !== undefined) return early;
          const head = await mirror.fetchHead().catch(nothingSent);
          return (await commitOn(head, true, change, send)) ?? { commit: head, diff: '' };
        }),
      ),
  };
}

/** Before the push nothing has been sent, so what went wrong there is a refusal that may be tried again. */
function nothingSent(error: unknown): never {
  if (error instanceof Unknown) throw new Refused(error.code, error.message, { retry: true, cause: error });
  throw error;
}

function oneAfterTheOther(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return act => {
    const turn = last.then(act, act);
    last = turn.catch(() => undefined);
    return turn;
  };
}
