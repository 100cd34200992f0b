import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import { inventoryContract, sendOf } from '#test/contracts/inventory-contract.ts';
import { bareRepository } from '#test/fakes/bare-repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-git-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

inventoryContract('in a bare repository, over file://', async () => {
  const repository = bareRepository(mkdtempSync(join(folder, 'file-')));
  return { ...repository, repository: `file://${repository.bare}`, branch: 'main', stop: async () => undefined };
});

const options = { branch: 'main', author: 'Ferry <f@x>', limitMs: 5_000 };

describe('what reaches people', () => {
  it('never holds a password of the address', async () => {
    const repository = 'http://ferry:s3cret@127.0.0.1:9/ansible.git';
    const port = gitInventory({ ...options, repository, cacheDir: join(folder, 'nobody') });
    const error = await port.head().catch(thrown => thrown);
    expect(error).toMatchObject({ code: 'inventory-unreachable', name: 'Unknown' });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('s3cret');
    expect(error.message).toMatch(/^http:\/\/…@127.0.0.1:9\/ansible.git can't be fetched: .*(refused|connect)/i);
    const refused = await port.commit({ edits: [], message: 'x' }, sendOf()).catch(thrown => thrown);
    expect(refused).toMatchObject({ code: 'inventory-unreachable', name: 'Refused', retry: true });
  });

  it.each(['--upload-pack=touch /tmp/x', 'ext::sh -c date', 'fd::1', 'a b'])('no such address: %j', repository => {
    expect(() => gitInventory({ ...options, repository, cacheDir: folder })).toThrow(/no repository's address/);
  });

  it.each(['--force', 'a..b', 'x y', ''])('no such branch: %j', branch => {
    expect(() => gitInventory({ ...options, branch, repository: 'file:///x', cacheDir: folder })).toThrow(
      /no branch's name/,
    );
  });

  it("a server's hook that says no is a refusal in its words", async () => {
    const own = bareRepository(mkdtempSync(join(folder, 'hook-')));
    execFileSync('sh', [
      '-c',
      'printf "#!/bin/sh\\nexit 1\\n" > "$0" && chmod +x "$0"',
      join(own.bare, 'hooks/pre-receive'),
    ]);
    const port = gitInventory({ ...options, repository: `file://${own.bare}`, cacheDir: join(folder, 'hooked') });
    const edits = [
      { op: 'set-scalar', file: 'inventory/group_vars/all', key: 'datacenter', from: 'undefined', to: 'aws' } as const,
    ];
    await expect(port.commit({ edits, message: 'x' }, sendOf())).rejects.toMatchObject({
      code: 'push-refused',
      retry: false,
      message: expect.stringContaining('pre-receive hook declined'),
    });
  });
});

describe('the copy', () => {
  it.each([
    ['Ferry <f@x>', 'dev-1: the title\n\nasked by alice.'],
    ['Ferry <f@x>', 'the title'],
    ['Ferry <f@x>', 'a title\n of two lines\n\nbody'],
    ['Ferry <f@x>', 'Key: value\n\nApprover: bob\n too\nReviewed-by: carol'],
    ['Ferry, the "bot" of Fédora <f.é@x>', ' double  space '],
  ])('shows commits of ours as git does: %s, %j', async (author, message) => {
    const own = bareRepository(mkdtempSync(join(folder, 'log-')));
    const repository = `file://${own.bare}`;
    const open = () =>
      gitInventory({ ...options, author, repository, cacheDir: mkdtempSync(join(folder, 'log-copy-')) });
    const port = open();
    const edit = (from: string, to: string) =>
      ({ op: 'set-scalar', file: 'inventory/group_vars/all', key: 'datacenter', from, to }) as const;
    const sends = [sendOf(), sendOf()] as const;
    expect(await port.commitOf('nothing')).toBeUndefined();
    await port.commit({ edits: [edit('undefined', 'aws')], message }, sends[0]);
    await port.commit({ edits: [edit('aws', 'gcp')], message }, sends[1]);
    for (const { key } of sends) {
      const known = await port.commitOf(key);
      expect(known?.trailers['Ferry-Change']).toBe(key);
      expect(known).toEqual(await open().commitOf(key));
    }
  });

  it('knows of a commit of ours what git has, and keeps no ref for it', async () => {
    const own = bareRepository(mkdtempSync(join(folder, 'own-')));
    const cacheDir = mkdtempSync(join(folder, 'copy-'));
    const port = gitInventory({
      repository: `file://${own.bare}`,
      branch: 'main',
      author: 'Ferry <f@x>',
      limitMs: 5_000,
      cacheDir,
    });
    const file = 'inventory/group_vars/all';
    const beside = 'inventory/inventory';
    const before = await port.file(beside, await port.head());
    const edits = [{ op: 'set-scalar', file, key: 'datacenter', from: 'undefined', to: 'aws' } as const];
    const { commit } = await port.commit({ edits, message: 'x' }, sendOf());
    const git = (...argv: string[]) => execFileSync('git', ['--git-dir', join(cacheDir, 'mirror.git'), ...argv]);
    expect(await port.file(file, commit)).toBe(git('cat-file', 'blob', `${commit}:${file}`).toString());
    expect(await port.file(file, commit)).toContain('datacenter: aws');
    expect(await port.file(beside, commit)).toBe(before);
    expect(await port.file(beside, commit)).toBe(git('cat-file', 'blob', `${commit}:${beside}`).toString());
    expect(git('for-each-ref', 'refs/ferry').toString()).toBe('');
  });
});
