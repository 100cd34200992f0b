import { randomUUID } from 'node:crypto';
import type { Mirror } from './mirror.ts';

export interface NewCommit {
  /** The commit that it stands on. */
  readonly head: string;
  /** "Name <mail>". */
  readonly author: string;
  /** ms. */
  readonly at: number;
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly mode: string; readonly bytes: Buffer }[];
}

/** Makes a commit in the copy without a work tree or an index: one `git fast-import`, which leaves no ref. Returns its id. */
export async function makeCommit(mirror: Mirror, commit: NewCommit): Promise<string> {
  const [, name = commit.author, email = ''] = /^(.*?)\s*<(.*)>$/.exec(commit.author) ?? [];
  const who = `${name} <${email}> ${Math.floor(commit.at / 1000)} +0000`;
  const ref = `refs/ferry/${randomUUID()}`;
  const stream = [
    Buffer.from(`commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`),
    data(Buffer.from(commit.message)),
    Buffer.from(`from ${commit.head}\n`),
    ...commit.files.flatMap(file => [Buffer.from(`M ${file.mode} inline ${quoted(file.path)}\n`), data(file.bytes)]),
    Buffer.from(`get-mark :1\nreset ${ref}\nfrom ${'0'.repeat(commit.head.length)}\n\ndone\n`),
  ];
  const id = await mirror.local(['fast-import', '--quiet', '--done', '--date-format=raw'], {
    input: Buffer.concat(stream),
  });
  mirror.made(id, commit.head, commit.files);
  return id;
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
