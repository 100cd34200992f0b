import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commitsBetween, treeOf } from '#sim/git/commits.ts';
import { type FileChange, importCommit } from '#sim/git/import-commit.ts';
import { initBare } from '#sim/git/init-bare.ts';
import { changedFiles, filesOfTree } from '#sim/git/trees.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-objects-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plain = (bytes: string): FileChange => ({ mode: '100644', bytes });

/** Each stands on the one before. */
const history: readonly { readonly message: string; readonly files: Readonly<Record<string, FileChange>> }[] = [
  { message: 'A seed', files: { 'a/b/c': plain('1'), 'a/d': plain('2'), e: plain('3'), 'f g/é "h"': plain('4') } },
  { message: 'One file, deep\n\nA body.\n\nKey: value', files: { 'a/b/c': plain('other') } },
  { message: '\n \nBlank lines, then two  \nlines of title \n\n\nbody', files: { e: { mode: '100755', bytes: '3' } } },
  { message: '', files: { link: { mode: '120000', bytes: 'a/d' } } },
  { message: 'A folder becomes a file', files: { 'a/b/c': undefined, 'a/b': plain('5') } },
  { message: 'and a file a folder; é, 日本', files: { e: undefined, 'e/inner/most': plain('6'), 'a-b': plain('7') } },
  { message: 'A link becomes a file', files: { link: plain('a/d'), 'f g/é "h"': undefined } },
  { message: 'nothing\tat  all', files: {} },
];

function build(name: string): { readonly dir: string; readonly ids: readonly string[] } {
  const dir = join(folder, `${name}.git`);
  initBare(dir, 'main');
  const ids: string[] = [];
  for (const { message, files } of history) {
    const parent = ids.at(-1);
    const author = 'Ana  María <am@x.org>';
    // No object of one repository is one of the other: what was read once isn't read again.
    const own = Object.entries(files).map(([path, file]) => [
      path,
      file && { ...file, bytes: `${file.bytes} ${name}` },
    ]);
    ids.push(
      importCommit(dir, {
        branch: 'main',
        author,
        at: 1e12,
        message,
        files: Object.fromEntries(own),
        ...(parent === undefined ? {} : { parent }),
      }),
    );
  }
  return { dir, ids };
}

const git = (dir: string, ...argv: string[]) => execFileSync('git', ['--git-dir', dir, ...argv]).toString();

function gitLog(dir: string, range: string) {
  const records = git(dir, 'log', '--format=%H%x00%P%x00%an <%ae>%x00%s%x00%B%x1e', range).split('\x1e\n');
  return records.filter(Boolean).map(record => {
    const [id = '', parents = '', author, subject, message = ''] = record.split('\0');
    return { id, parents: parents.split(' ').filter(Boolean), author, subject, message: message.trimEnd() };
  });
}

describe.each([
  ['loose', []],
  ['packed', ['repack', '-adq']],
])('objects that are %s', (name, packing) => {
  const { dir, ids } = build(name);
  if (packing.length > 0) git(dir, ...packing);

  it('show every commit as git log does, from any to any', () => {
    expect(commitsBetween(dir, undefined, ids.at(-1)!)).toEqual(gitLog(dir, 'main'));
    for (const [nth, since] of ids.entries())
      for (const to of ids.slice(nth)) expect(commitsBetween(dir, since, to)).toEqual(gitLog(dir, `${since}..${to}`));
  });

  it('show every file as git ls-tree does', () => {
    for (const id of ids) {
      const listed = git(dir, 'ls-tree', '-r', '-z', id).matchAll(/(\d+) blob (\w+)\t([^\0]+)\0/g);
      const expected = [...listed].map(([, mode, blob, path]) => [path, { mode, id: blob }]);
      expect([...filesOfTree(dir, treeOf(dir, id))].sort()).toEqual(expected.sort());
    }
  });

  it('show what differs as git diff-tree does, from any to any', () => {
    for (const from of ids)
      for (const to of ids) {
        const raw = git(dir, 'diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to);
        const fields = raw.matchAll(/:\d+ (\d+) \w+ (\w+) \w\0([^\0]+)\0/g);
        const expected = [...fields].map(([, mode = '', id, path]) => [
          path,
          mode === '000000' ? undefined : { mode, id },
        ]);
        expect([...changedFiles(dir, treeOf(dir, from), treeOf(dir, to))].sort()).toEqual(expected.sort());
      }
  });
});

describe('a history that is no chain', () => {
  const { dir, ids } = build('merged');
  const [seed = '', second = '', third = ''] = ids;
  const merge = git(
    dir,
    ...['-c', 'user.name=M', '-c', 'user.email=m@x'],
    ...['commit-tree', `${third}^{tree}`, '-p', third, '-p', second, '-m', 'A merge'],
  ).trim();
  const apart = git(
    dir,
    ...['-c', 'user.name=M', '-c', 'user.email=m@x'],
    ...['commit-tree', `${seed}^{tree}`, '-m', 'Another beginning'],
  ).trim();

  it('is told by git', () => {
    expect(commitsBetween(dir, seed, merge)).toEqual(gitLog(dir, `${seed}..${merge}`));
    expect(commitsBetween(dir, undefined, merge)).toEqual(gitLog(dir, merge));
    expect(commitsBetween(dir, apart, second)).toEqual(gitLog(dir, `${apart}..${second}`));
  });

  it('and what isn’t there is an error', () => {
    const nothing = '0123456789'.repeat(4);
    expect(() => commitsBetween(dir, nothing, second)).toThrow(/0123456789/);
    expect(() => commitsBetween(dir, undefined, nothing)).toThrow(/no object 0123456789/);
    expect(() => treeOf(dir, nothing)).toThrow(/no object 0123456789/);
    expect(() => treeOf(dir, treeOf(dir, seed))).toThrow(/no commit/);
  });
});
