import { dnsBranch, dnsRepository, type Tree } from '../../git/dns-repo.ts';
import { type Call, done, failed, has, type Outcome, split, stdinOf, userOf } from '../call.ts';
import type { DnsWorld } from '../neighbours.ts';
import { applyPatch } from './apply-patch.ts';

/** What git keeps of a clone: the commit that it stands on, and whether `add` took up files that are new. */
interface Clone {
  readonly head: string;
  readonly added: boolean;
}

const cloneFile = '.git/ferry-clone.json';

/**
 * git on the dns repository of batcave01 and on clones of it: as much of it as whoever edits a zone needs. What is
 * committed in a clone is seen by nobody until it is pushed, and a push that doesn't stand on the branch's head is refused.
 *
 * @param folder of `-C`, or the current one.
 * @returns undefined where it is about neither.
 */
export async function dnsGit(
  call: Call,
  folder: string,
  settings: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<Outcome | undefined> {
  const { host } = call;
  const { dns } = host.neighbours;
  if (host.state.id !== 'batcave01' || dns === undefined) return undefined;
  const [verb = '', ...rest] = words;
  if (verb === 'clone' && split(rest, ['--branch', '-b']).operands[0] === dnsRepository) return clone(call, dns, rest);
  if (folder === dnsRepository) return reads(dns, verb, rest);
  const text = await host.fs.readFile(`${folder}/${cloneFile}`).catch(() => undefined);
  return text === undefined ? undefined : inClone(call, dns, folder, JSON.parse(text) as Clone, settings, verb, rest);
}

function reads(dns: DnsWorld, verb: string, rest: readonly string[]): Outcome {
  const [what = ''] = rest.filter(word => !word.startsWith('-'));
  const [rev = '', path] = what.split(/:(.*)/s);
  const commit = ['HEAD', dnsBranch, `refs/heads/${dnsBranch}`].includes(rev) ? dns.repo.head() : rev;
  if (verb === 'rev-parse')
    return /^[0-9a-f]{40}$/.test(commit) ? done(commit) : failed(`fatal: bad revision '${rev}'`, 128);
  const file = verb === 'show' && path !== undefined ? dns.repo.file(path, commit) : undefined;
  if (file !== undefined) return { code: 0, out: file, err: '' };
  return failed(`fatal: path '${path ?? what}' does not exist in '${rev}'`, 128);
}

async function clone(call: Call, dns: DnsWorld, args: readonly string[]): Promise<Outcome> {
  const { host, session } = call;
  const { values, operands } = split(args, ['--branch', '-b']);
  const branch = values.get('--branch') ?? values.get('-b') ?? dnsBranch;
  if (branch !== dnsBranch) return failed(`fatal: Remote branch ${branch} not found in upstream origin`, 128);
  const into = host.fs.resolvePath(call.ctx.cwd, operands[1] ?? 'dns');
  if (await host.fs.exists(into)) return failed(`fatal: destination path '${into}' already exists`, 128);
  await host.wait(1_500, session);
  const head = dns.repo.head();
  for (const [path, { text, mode }] of Object.entries(dns.repo.tree(head))) {
    const file = `${into}/${path}`;
    await host.fs.mkdir(file.slice(0, file.lastIndexOf('/')), { recursive: true });
    await host.fs.writeFile(file, text);
    await host.fs.chmod(file, mode === '100755' ? 0o755 : 0o644);
  }
  await keep(call, into, { head, added: false });
  return done();
}

async function inClone(
  call: Call,
  dns: DnsWorld,
  folder: string,
  at: Clone,
  settings: Readonly<Record<string, string>>,
  verb: string,
  rest: readonly string[],
): Promise<Outcome> {
  const { host, session } = call;
  const { flags, values, operands } = split(rest, ['-m', '--message']);
  switch (verb) {
    case 'rev-parse':
      return done(at.head);
    case 'apply': {
      const problem = await applyPatch(stdinOf(call), {
        read: path => host.fs.readFile(`${folder}/${path}`).catch(() => undefined),
        write: (path, text) => host.fs.writeFile(`${folder}/${path}`, text),
      });
      return problem === undefined ? done() : failed(`error: ${problem}`);
    }
    case 'add':
      await keep(call, folder, { ...at, added: true });
      return done();
    case 'diff':
      return has(flags, '--cached') && same(await worktree(call, dns, folder, at, at.added), dns.repo.tree(at.head))
        ? done()
        : failed('', 1);
    case 'commit': {
      const [name, mail] = [settings['user.name'], settings['user.email']];
      if (name === undefined || mail === undefined) return failed('fatal: empty ident name not allowed', 128);
      const tree =
        has(flags, '-a') || at.added ? await worktree(call, dns, folder, at, at.added) : dns.repo.tree(at.head);
      if (same(tree, dns.repo.tree(at.head))) return failed('nothing to commit, working tree clean');
      const message = values.get('-m') ?? values.get('--message') ?? '';
      await keep(call, folder, { head: dns.repo.commit(at.head, tree, `${name} <${mail}>`, message), added: false });
      return done();
    }
    case 'push': {
      await host.wait(1_000, session);
      if (session.signal?.aborted === true) return failed('', 137);
      const pushed = operands.at(-1) === `HEAD:refs/heads/${dnsBranch}` && dns.repo.push(at.head, host.id);
      return pushed
        ? done()
        : failed(`error: failed to push some refs to '${dnsRepository}' (fetch first), as ${userOf(call)}`);
    }
    default:
      return failed(`git: '${verb}' is not known here`);
  }
}

async function keep({ host }: Call, folder: string, at: Clone): Promise<void> {
  await host.fs.mkdir(`${folder}/.git`, { recursive: true });
  await host.fs.writeFile(`${folder}/${cloneFile}`, JSON.stringify(at));
}

/** The clone's files: those that git knows, and with `all` those that are new too. */
async function worktree({ host }: Call, dns: DnsWorld, folder: string, at: Clone, all: boolean): Promise<Tree> {
  const known = dns.repo.tree(at.head);
  const tree: Record<string, Tree[string]> = {};
  for (const whole of host.fs.getAllPaths()) {
    const path = whole.startsWith(`${folder}/`) ? whole.slice(folder.length + 1) : '';
    if (path === '' || path.startsWith('.git') || (!all && known[path] === undefined)) continue;
    const { isFile, mode } = await host.fs.stat(whole);
    if (isFile) tree[path] = { text: await host.fs.readFile(whole), mode: (mode & 0o100) === 0 ? '100644' : '100755' };
  }
  return tree;
}

function same(one: Tree, other: Tree): boolean {
  const lines = (tree: Tree) =>
    JSON.stringify(
      Object.entries(tree)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, { text, mode }]) => [path, text, mode]),
    );
  return lines(one) === lines(other);
}
