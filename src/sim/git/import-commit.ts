import { randomUUID } from 'node:crypto';
import { runGit } from './run-git.ts';

/** A file of a commit: its bytes, and git's mode ("100644", "100755", "120000"); undefined: it is taken away. */
export type FileChange = { readonly mode: string; readonly bytes: string | Buffer } | undefined;

export interface ImportedCommit {
  /** The branch to move; without one the commit is nobody's. */
  readonly branch?: string;
  /** Id of the commit that it stands on. */
  readonly parent?: string;
  /** "Name <mail>". */
  readonly author: string;
  /** ms; now unless told. */
  readonly at?: number;
  readonly message: string;
  readonly files: Readonly<Record<string, FileChange>>;
}

/**
 * Makes a commit in a bare repository by one `git fast-import`: each process that is started holds up everything else for
 * its fork. Apart from the adapter, which makes its commits alike: the simulator judges that one, and shares nothing with it.
 *
 * @returns its id.
 * @throws Error with git's own words, also when the branch went elsewhere than to the parent meanwhile.
 */
export function importCommit(dir: string, commit: ImportedCommit): string {
  const { branch, parent, at = Date.now() } = commit;
  const [, name = commit.author, email = 'nobody@example.org'] = /^(.*?)\s*<(.*)>$/.exec(commit.author) ?? [];
  const who = `${name} <${email}> ${Math.floor(at / 1000)} +0000`;
  const ref = branch === undefined ? `refs/sim/${randomUUID()}` : `refs/heads/${branch}`;
  const stream = [
    Buffer.from(`commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`),
    data(Buffer.from(commit.message)),
    ...(parent === undefined ? [] : [Buffer.from(`from ${parent}\n`)]),
    ...Object.entries(commit.files).flatMap(([path, file]) =>
      file === undefined
        ? [Buffer.from(`D ${quoted(path)}\n`)]
        : [Buffer.from(`M ${file.mode} inline ${quoted(path)}\n`), data(Buffer.from(file.bytes))],
    ),
    Buffer.from('get-mark :1\n'),
    ...(branch === undefined ? [Buffer.from(`reset ${ref}\nfrom ${'0'.repeat(40)}\n\n`)] : []),
    Buffer.from('done\n'),
  ];
  const argv = ['--git-dir', dir, 'fast-import', '--quiet', '--done', '--date-format=raw'];
  return runGit(argv, { input: Buffer.concat(stream) })
    .toString()
    .trim();
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
