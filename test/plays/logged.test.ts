import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { checkReading } from '#adapters/ssh/reading-commands.ts';
import { playsSince } from '#jobs/read/play-log.ts';
import { ansibleVersions } from '../peers/ansible.ts';
import { target } from './target.ts';

const playbook = 'groups/copr-frontend.yml';
const began = Date.UTC(2026, 11, 1, 17);
const minute = 60_000;
const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/**
 * A folder of logs as logdetail wrote them of real plays (`logged/`), compressed as its newer version does, and this machine's own
 * programs to read them, by the allow-list.
 */
function logs(plays: readonly { readonly version: string; readonly name: string; readonly at: number }[], gz = true) {
  const root = mkdtempSync(join(tmpdir(), 'ferry-logged-'));
  dirs.push(root);
  for (const { version, name, at } of plays) {
    const [day = '', time = ''] = new Date(at).toISOString().split('T');
    const stamp = `${day.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '.')}`;
    const folder = join(root, 'copr-frontend', stamp);
    mkdirSync(folder, { recursive: true });
    const recorded = join(import.meta.dirname, 'logged', version, name);
    const text = readFileSync(join(recorded, 'host.txt'));
    const log = join(folder, `${target}.log${gz ? '.gz' : ''}`);
    writeFileSync(log, gz ? gzipSync(text) : text);
    utimesSync(log, (at + minute) / 1_000, (at + minute) / 1_000);
    cpSync(join(recorded, 'playbook.info'), join(folder, 'playbook-20113.info'));
  }
  const read = async (_host: unknown, argv: readonly string[]) => {
    checkReading(argv);
    const [program = '', ...args] = argv;
    try {
      return { code: 0, stdout: execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' }), stderr: '' };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, stdout, stderr };
    }
  };
  const batcave = { host: 'batcave01', checkout: '/srv/web/infra/ansible', playLogs: root };
  return { root, since: (ms: number) => playsSince({ read }, { batcave }, { playbook, host: target }, ms) };
}

const head = `played on batcave01: ${playbook} for ${target}, by bob, until 2026-12-01 17:01 UTC`;
const nmcli = 'check for NetworkManager/nmcli';

describe.each(ansibleVersions)('what logdetail wrote of a play by ansible-core %s', version => {
  it.each([
    [
      'well',
      /^: ok=\d+ changed=\d+ unreachable=0 failed=0 skipped=0 rescued=0 ignored=1; failed and ignored or rescued: /,
    ],
    ['mount', /failed=1 .*ignored=1; failed, ignored ones among them: .*, Mount up disk of copr fe$/],
    ['mount-unreachable', /unreachable=1 failed=0 .*; failed, ignored ones among them: .*, Mount up disk of copr fe$/],
    ['always', /failed=1 .*ignored=2; .*: .*, upgrade db to head, remove the lock$/],
    ['two-lines', /failed=1 .*, install copr-frontend,$/],
    [
      'well--check',
      /^, only looking \(--check\): ok=\d+ changed=1 unreachable=0 failed=0 skipped=1 rescued=0 ignored=0$/,
    ],
  ])('"%s" is said: who, when, the recap, what failed', async (name, words) => {
    const [line = '', ...more] = await logs([{ version, name, at: began }]).since(began - minute);
    expect(more).toEqual([]);
    expect(line.startsWith(head), line).toBe(true);
    expect(line.slice(head.length)).toMatch(words);
    if (name !== 'well--check') expect(line).toContain(nmcli);
  });
});

describe('plays by hand', () => {
  const version = '2.16.14';
  it('are those that ended since, newest first, compressed or not', async () => {
    const plays = ['mount', 'well--check', 'well'].map((name, index) => ({
      version,
      name,
      at: began + index * 60 * minute,
    }));
    for (const gz of [true, false]) {
      const lines = await logs(plays, gz).since(began + 30 * minute);
      expect(lines.map(line => /until (\S+ \S+) UTC/.exec(line)?.[1])).toEqual([
        '2026-12-01 19:01',
        '2026-12-01 18:01',
      ]);
    }
  });

  it('that nobody played are said not to be there, and where they would be', async () => {
    const { root, since } = logs([{ version, name: 'well', at: began }]);
    const none = (why: string) =>
      `no recap of a play of ${playbook} for ${target} since 2026-12-01 17:30 UTC was found on batcave01 in ${root}/copr-frontend${why}`;
    expect(await since(began + 30 * minute)).toEqual([none('')]);
    rmSync(join(root, 'copr-frontend'), { recursive: true });
    const [line = ''] = await since(began + 30 * minute);
    expect(line.startsWith(none(': ')), line).toBe(true);
    expect(line).toContain('No such file or directory');
  });

  it('that have no recap yet haven’t ended', async () => {
    const { root, since } = logs([{ version, name: 'mount', at: began }], false);
    const log = join(root, `copr-frontend/2026/12/01/17.00.00/${target}.log`);
    writeFileSync(log, readFileSync(log, 'utf8').replace(/^.*\tSTATS\t.*\n/m, ''));
    expect((await since(began))[0]).toMatch(/: it has no recap, so it hasn't ended$/);
  });
});
