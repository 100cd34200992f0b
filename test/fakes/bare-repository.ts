import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runGit } from '#sim/git/run-git.ts';

const env = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x' };

/** A plain bare repository, made and changed by git alone. */
export function bareRepository(dir: string) {
  const bare = join(dir, 'bare.git');
  const work = join(dir, 'work');
  runGit(['init', '--bare', '--quiet', '--initial-branch=main', bare]);
  runGit(['clone', '--quiet', bare, work]);
  execFileSync('cp', ['-r', join(import.meta.dirname, '../../src/sim/git/seed/inventory'), work]);
  const git = (...argv: string[]) => runGit(['-C', work, ...argv], { env });
  const commit = (message: string) => {
    git('add', '--all', '--force');
    git('commit', '--quiet', '-m', message);
    git('push', '--quiet', 'origin', 'HEAD:main');
  };
  git('checkout', '--quiet', '-B', 'main');
  commit('seed');
  return {
    bare,
    commitAs(author: string, message: string, files: Readonly<Record<string, string | Buffer>>) {
      git('pull', '--quiet', '--rebase', 'origin', 'main');
      for (const [path, text] of Object.entries(files))
        execFileSync('sh', ['-c', 'cat > "$0"', join(work, path)], { input: text });
      git('add', '--all');
      git('commit', '--quiet', '--author', author, '-m', message);
      git('push', '--quiet', 'origin', 'HEAD:main');
      return this.head();
    },
    head: () => runGit(['--git-dir', bare, 'rev-parse', 'main']).toString().trim(),
    bytes: (path: string) => runGit(['--git-dir', bare, 'cat-file', 'blob', `main:${path}`]),
  };
}
