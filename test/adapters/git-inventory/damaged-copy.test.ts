import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import { sendOf } from '#test/contracts/inventory-contract.ts';
import { bareRepository } from '#test/fakes/bare-repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-damaged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = 'inventory/group_vars/all';
const edits = [{ op: 'set-scalar', file, key: 'datacenter', from: 'undefined', to: 'aws' } as const];

/** Every file below a folder. */
function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map(name => join(dir, name))
    .filter(path => statSync(path).isFile());
}

function emptied(dir: string): void {
  for (const path of filesOf(dir)) truncateSync(path, 0);
}

/** What a power loss, a full disk or a kill in the middle leaves of a copy. */
const damages: Readonly<Record<string, (copy: string) => void>> = {
  'empty objects': copy => emptied(join(copy, 'objects')),
  'objects that are gone': copy => {
    for (const path of filesOf(join(copy, 'objects'))) rmSync(path);
  },
  'objects cut in half': copy => {
    for (const path of filesOf(join(copy, 'objects'))) truncateSync(path, Math.floor(statSync(path).size / 2));
  },
  'no objects at all': copy => rmSync(join(copy, 'objects'), { recursive: true }),
  'an empty HEAD': copy => truncateSync(join(copy, 'HEAD'), 0),
  'no HEAD': copy => rmSync(join(copy, 'HEAD')),
  'a broken configuration': copy => writeFileSync(join(copy, 'config'), '[core\nrepositoryformatversion'),
  'an empty configuration': copy => writeFileSync(join(copy, 'config'), ''),
  'a ref that points nowhere': copy => writeFileSync(join(copy, 'refs/heads/main'), `${'1'.repeat(40)}\n`),
  'an empty ref': copy => writeFileSync(join(copy, 'refs/heads/main'), ''),
  'a stale lock of the branch': copy => writeFileSync(join(copy, 'refs/heads/main.lock'), ''),
  'broken packed refs': copy => writeFileSync(join(copy, 'packed-refs'), 'x'),
  'a broken index': copy => writeFileSync(join(copy, 'index'), 'x'),
  'everything empty': copy => emptied(copy),
  'a file instead of a folder': copy => {
    rmSync(copy, { recursive: true });
    writeFileSync(copy, '');
  },
  'half a clone': copy => {
    rmSync(copy, { recursive: true });
    mkdirSync(join(copy, 'objects/pack'), { recursive: true });
    writeFileSync(join(copy, 'HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(copy, 'objects/pack/tmp_pack_x'), 'PACK');
  },
};

describe.each(Object.entries(damages))('a copy with %s', (_name, damage) => {
  let cacheDir: string;
  let repository: ReturnType<typeof bareRepository>;
  const open = () =>
    gitInventory({ branch: 'main', author: 'Ferry <f@x>', cacheDir, repository: `file://${repository.bare}` });
  beforeEach(() => {
    const dir = mkdtempSync(join(folder, 'one-'));
    repository = bareRepository(dir);
    cacheDir = join(dir, 'cache');
  });

  it.each(['by a process that used it', 'by the next process'])('is made anew %s, and nobody is called', async who => {
    const first = open();
    const before = await first.head();
    await first.file(file, before);
    damage(join(cacheDir, 'mirror.git'));
    const head = repository.commitAs('Kevin <k@x>', 'theirs', { 'inventory/theirs': 'x\n' });
    const port = who === 'by the next process' ? open() : first;
    expect(await port.head()).toBe(head);
    expect(await port.file('inventory/theirs', head)).toBe('x\n');
    expect(await port.file(file, before)).toContain('datacenter');
    expect((await port.commitsSince(before)).map(one => one.subject)).toEqual(['theirs']);
    const send = { ...sendOf(), sendBy: Date.now() + 60_000 };
    const { commit } = await port.commit({ edits, message: 'ours' }, send);
    expect(repository.head()).toBe(commit);
    expect((await port.commitOf(send.key))?.id).toBe(commit);
    expect(readdirSync(cacheDir).filter(name => name.includes('broken'))).toEqual([]);
  });
});

it('a copy that breaks between a look and its commit is made anew, and the commit is made once', async () => {
  const dir = mkdtempSync(join(folder, 'between-'));
  const repository = bareRepository(dir);
  const cacheDir = join(dir, 'cache');
  const port = gitInventory({
    branch: 'main',
    author: 'Ferry <f@x>',
    cacheDir,
    repository: `file://${repository.bare}`,
  });
  const before = await port.head();
  emptied(join(cacheDir, 'mirror.git/objects'));
  const send = { ...sendOf(), sendBy: Date.now() + 60_000 };
  const { commit } = await port.commit({ edits, message: 'ours' }, send);
  expect(repository.head()).toBe(commit);
  expect((await port.commitsSince(before)).map(one => one.id)).toEqual([commit]);
});

it('a copy of another repository is not taken for one of this', async () => {
  const dirs = ['a', 'b'].map(name => mkdtempSync(join(folder, `${name}-`)));
  const [theirs, ours] = dirs.map(dir => bareRepository(dir));
  const cacheDir = join(dirs[0] ?? '', 'cache');
  const open = (bare = '') =>
    gitInventory({ branch: 'main', author: 'Ferry <f@x>', cacheDir, repository: `file://${bare}` });
  const commit = theirs?.commitAs('Kevin <k@x>', 'only there', { 'inventory/theirs': 'x\n' }) ?? '';
  expect(await open(theirs?.bare).file('inventory/theirs', commit)).toBe('x\n');
  const port = open(ours?.bare);
  expect(await port.head()).toBe(ours?.head());
  await expect(port.file('inventory/theirs', commit)).rejects.toMatchObject({ code: 'no-such-commit' });
});

it('a remote that is away is no reason to throw the copy away', async () => {
  const dir = mkdtempSync(join(folder, 'away-'));
  const repository = bareRepository(dir);
  const cacheDir = join(dir, 'cache');
  const port = gitInventory({
    branch: 'main',
    author: 'Ferry <f@x>',
    cacheDir,
    repository: `file://${repository.bare}`,
  });
  const head = await port.head();
  const { ino } = statSync(join(cacheDir, 'mirror.git'));
  rmSync(repository.bare, { recursive: true });
  await expect(port.head()).rejects.toMatchObject({ name: 'Unknown', code: 'inventory-unreachable' });
  expect(await port.file(file, head)).toContain('datacenter');
  expect(statSync(join(cacheDir, 'mirror.git')).ino).toBe(ino);
});
