import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import { addressesUnder, scalarOf } from '#core/inventory/yaml-lookup.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { importCommit } from '#sim/git/import-commit.ts';
import { InventoryRepo } from '#sim/git/inventory-repo.ts';
import { runGit } from '#sim/git/run-git.ts';
import { startGit } from '#sim/git/start-git.ts';
import { Kernel } from '#sim/kernel.ts';
import type { FaultKind, WorldState } from '#sim/state.ts';
import { inventoryContract, sendOf } from '#test/contracts/inventory-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-sim-git-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kernelIn = (dir: string) => new Kernel(dir, () => ({ version: 1, hosts: {} }) as WorldState, 'max');

inventoryContract('in the simulator, over HTTP', async () => {
  const kernel = kernelIn(join(folder, 'contract'));
  const repo = InventoryRepo.open(kernel, { dir: kernel.dir });
  const server = await startGit(kernel, repo, { port: 0 });
  return {
    repository: server.url,
    branch: 'main',
    commitAs: (author, message, files) => repo.commitAs(author, message, files),
    head: () => repo.head(),
    bytes: path => runGit(['--git-dir', repo.dir, 'cat-file', 'blob', `main:${path}`]),
    stop: async () => {
      await server.stop();
      kernel.stop();
    },
  };
});

describe("the simulator's repository", () => {
  let kernel: Kernel;
  let repo: InventoryRepo;
  let server: Awaited<ReturnType<typeof startGit>>;
  let port: ReturnType<typeof gitInventory>;
  const edit = {
    op: 'set-scalar',
    file: 'inventory/group_vars/copr_keygen_dev_aws',
    key: 'services_disabled',
    from: 'false',
    to: 'true',
  } as const;
  const kevin = 'Kevin <kevin@example.org>';
  const change = { edits: [edit], message: 'dev-1: keygen is provisioned' };

  beforeEach(async () => {
    kernel = kernelIn(mkdtempSync(join(folder, 'world-')));
    repo = InventoryRepo.open(kernel, { dir: kernel.dir });
    server = await startGit(kernel, repo, { port: 0 });
    const cacheDir = join(kernel.dir, 'copy');
    port = gitInventory({ repository: server.url, branch: 'main', author: 'Ferry <f@x>', cacheDir, limitMs: 3_000 });
  });
  afterEach(async () => {
    kernel.stop();
    await server.stop();
  });

  it('tells of a push once it is in, as effect with its commits and files', async () => {
    const pushed = vi.fn();
    repo.onPush(() => pushed(scalarOf(repo.file(edit.file) ?? '', edit.key)));
    const send = sendOf();
    const { commit } = await port.commit(change, send);
    expect(pushed.mock.calls).toEqual([['true']]);
    expect(repo.head()).toBe(commit);
    expect(kernel.effects).toMatchObject([
      { service: 'git', action: 'push', args: { to: commit, commits: [{ id: commit }], files: [edit.file] } },
    ]);
    expect(repo.log()[0]?.message).toContain(`Ferry-Change: ${send.key}`);
    expect(repo.diff(commit)).toContain('+services_disabled: true');
  });

  it('logs what git logs, after commits, a merge and a branch that was set back', () => {
    const env = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x' };
    const git = (...argv: string[]) =>
      runGit(['--git-dir', repo.dir, ...argv], { env })
        .toString()
        .trim();
    const first = repo.head();
    const expectSame = () => {
      for (const since of [undefined, first]) {
        const listed = git('rev-list', since === undefined ? 'main' : `${since}..main`).split('\n');
        expect(repo.log(since).map(commit => commit.id)).toEqual(listed.filter(Boolean));
      }
    };
    expectSame();
    const second = repo.commitAs(kevin, 'one', { 'inventory/one': '1\n' });
    expectSame();
    repo.commitAs(kevin, 'two', { 'inventory/two': '2\n' });
    repo.commitAs(kevin, 'three', { 'inventory/three': '3\n' });
    expectSame();
    const merge = git('commit-tree', 'main^{tree}', '-p', 'main', '-p', second, '-m', 'merged');
    git('update-ref', 'refs/heads/main', merge);
    expectSame();
    git('update-ref', 'refs/heads/main', second);
    expectSame();
  });

  const before: [FaultKind, object][] = [
    ['throttled', { name: 'Refused', code: 'push-refused', retry: true }],
    ['fail', { name: 'Unknown', code: 'push-unknown' }],
    ['drop', { name: 'Unknown', code: 'push-unknown' }],
    ['hang', { name: 'Unknown', code: 'push-unknown' }],
  ];
  it.each(before)('a push that meets "%s" changes nothing and goes well the next time', async (kind, error) => {
    kernel.addFault({ service: 'git', action: 'push' }, kind, 1);
    const head = repo.head();
    const send = sendOf();
    await expect(port.commit(change, send)).rejects.toMatchObject(error);
    expect(repo.head()).toBe(head);
    expect(await port.commitOf(send.key)).toBeUndefined();
    await port.commit(change, send);
    expect(kernel.effects).toHaveLength(1);
  });

  it('a push whose reply is lost is found by its key, and not made again', async () => {
    kernel.addFault({ service: 'git', action: 'push' }, 'reply-lost', 1);
    const send = sendOf();
    await expect(port.commit(change, send)).rejects.toMatchObject({ name: 'Unknown', code: 'push-unknown' });
    expect((await port.commitOf(send.key))?.id).toBe(repo.head());
    expect((await port.commit(change, send)).commit).toBe(repo.head());
    expect(kernel.effects).toHaveLength(1);
  });

  it('a push that the HTTP library sent twice, since the first answer was lost, is made', async () => {
    await server.stop();
    server = await startGit(kernel, repo, { port: 0, keepAlive: true });
    const cacheDir = join(kernel.dir, 'kept');
    port = gitInventory({ repository: server.url, branch: 'main', author: 'Ferry <f@x>', cacheDir });
    kernel.addFault({ service: 'git', action: 'push' }, 'reply-lost', 1);
    expect((await port.commit(change, sendOf())).commit).toBe(repo.head());
    expect(kernel.calls.filter(call => call.action === 'push')).toHaveLength(2);
    expect(kernel.effects).toHaveLength(1);
  });

  it('a held push goes on when the hold is taken away', async () => {
    const hold = kernel.addFault({ service: 'git', action: 'push' }, 'hold-after', 1);
    const done = port.commit(change, sendOf());
    await vi.waitFor(() => expect(kernel.effects).toHaveLength(1));
    kernel.removeFault(hold);
    await expect(done).resolves.toMatchObject({ commit: repo.head() });
  });

  it.each(['fail', 'drop', 'throttled'] as const)('a fetch that meets "%s" is unknown to a reader', async kind => {
    kernel.addFault({ service: 'git', action: 'fetch' }, kind, 1);
    await expect(port.head()).rejects.toMatchObject({ name: 'Unknown', code: 'inventory-unreachable' });
    await expect(port.head()).resolves.toBe(repo.head());
  });

  it('goes on where it was when it is opened again', async () => {
    await port.commit(change, sendOf());
    const again = InventoryRepo.open(kernel, { dir: kernel.dir });
    expect(again.head()).toBe(repo.head());
    expect(scalarOf(again.file(edit.file) ?? '', edit.key)).toBe('true');
  });

  it('tells a fetch of every ref as it stands now', async () => {
    const git = (...argv: string[]) => runGit(argv).toString();
    const listed = async () => (await promisify(execFile)('git', ['ls-remote', server.url])).stdout;
    const first = await listed();
    expect(await listed()).toBe(first);
    git('--git-dir', repo.dir, 'branch', 'side');
    expect(await listed()).toContain(`${repo.head()}\trefs/heads/side`);
    repo.commitAs(kevin, 'one', { 'inventory/one': '1\n' });
    expect(await listed()).toContain(`${repo.head()}\trefs/heads/main`);
    git('--git-dir', repo.dir, 'pack-refs', '--all', '--no-prune');
    git('--git-dir', repo.dir, 'branch', '-D', 'side');
    expect(await listed()).not.toContain('side');
  });

  it('sees what was changed, added and taken away since a file was read, and refuses a commit beside another', () => {
    const [known, changed] = ['inventory/one', edit.file] as const;
    const seeded = repo.head();
    repo.commitAs(kevin, 'one', { [known]: '1\n' });
    const parent = repo.head();
    expect(repo.file(known)).toBe('1\n');
    expect(repo.file(changed)).toContain('services_disabled: false');
    const files = {
      [known]: undefined,
      [changed]: { mode: '100644', bytes: 'new\n' },
      other: { mode: '100755', bytes: '2' },
    };
    const next = importCommit(repo.dir, { branch: 'main', parent, author: kevin, message: 'two', files });
    expect(repo.head()).toBe(next);
    expect([repo.file(known), repo.file(changed), repo.file('other')]).toEqual([undefined, 'new\n', '2']);
    expect(repo.files(parent)).toEqual([changed, known, 'other'].sort());
    expect(repo.files()).not.toContain(known);
    expect(repo.files('0'.repeat(40))).toEqual(repo.files());
    expect(() =>
      importCommit(repo.dir, { branch: 'main', parent: seeded, author: kevin, message: 'three', files }),
    ).toThrow();
    expect(repo.head()).toBe(next);
  });

  it("is seeded from somebody's real files, a checkout or its inventory folder, byte for byte", () => {
    const theirs = join(folder, 'theirs');
    mkdirSync(join(theirs, 'inventory', 'group_vars'), { recursive: true });
    writeFileSync(join(theirs, 'inventory', 'inventory'), '[x]\r\nh\r\n');
    writeFileSync(join(theirs, 'inventory', 'group_vars', 'g'), 'a: 1');
    writeFileSync(join(theirs, '.gitignore'), '*\n');
    writeFileSync(join(theirs, 'inventory', 'play "it".sh'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('group_vars', join(theirs, 'inventory', 'link'));
    const git = (...argv: string[]) =>
      runGit(['-C', theirs, ...argv])
        .toString()
        .trim();
    git('init', '--quiet');
    git('add', '--all', '--force');
    const trees = [git('write-tree'), undefined];
    for (const seedFrom of [theirs, join(theirs, 'inventory')]) {
      const dir = mkdtempSync(join(folder, 'seeded-'));
      const seeded = InventoryRepo.open(kernel, { dir, seedFrom });
      expect(seeded.files()).toEqual(expect.arrayContaining(['inventory/group_vars/g', 'inventory/inventory']));
      expect(seeded.file('inventory/inventory')).toBe('[x]\r\nh\r\n');
      const tree = runGit(['--git-dir', seeded.dir, 'rev-parse', 'main^{tree}']).toString().trim();
      expect(tree).toBe(trees.shift() ?? tree);
    }
    expect(() =>
      InventoryRepo.open(kernel, { dir: join(folder, 'none'), seedFrom: join(theirs, 'inventory/group_vars') }),
    ).toThrow(/holds no folder "inventory"/);
  });

  it('holds the ids and addresses of the seeded targets', () => {
    for (const environment of ['dev', 'prod'] as const) {
      const suffix = environment === 'dev' ? '_dev_aws' : '_aws';
      const vars = (group: string) => repo.file(`inventory/group_vars/copr_${group}${suffix}`) ?? '';
      const dashed = environment === 'dev' ? '-dev' : '';
      const target = (short: string) => seededTargets[`copr-${short}${dashed}` as keyof typeof seededTargets];
      const backend = target('be');
      const common = repo.file(`inventory/group_vars/copr${suffix}`) ?? '';
      expect(scalarOf(common, 'keygen_host')).toBe(target('keygen').elasticIp);
      expect(addressesUnder(common, 'copr_backend_ips')).toEqual([backend.elasticIp, backend.privateIp]);
      for (const key of ['custom_rules', 'nft_custom_rules'])
        expect(addressesUnder(vars('keygen'), key).slice(0, 2)).toEqual([backend.privateIp, backend.elasticIp]);
      for (const [group, short] of [
        ['front', 'fe'],
        ['back', 'be'],
        ['dist_git', 'dist-git'],
        ['keygen', 'keygen'],
      ] as const) {
        expect(scalarOf(vars(group), 'aws_ipv6_addr')).toBe(`${target(short).ipv6}/128`);
        expect(scalarOf(vars(group), 'services_disabled')).toBe('false');
      }
      const members = backend.volumes.map(({ id }) => `nvme-Amazon_Elastic_Block_Store_${id.replace('-', '')}-part1`);
      expect(vars('back').match(/nvme-\S+/g)).toEqual(members);
    }
  });
});
