import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { PlayCase } from '../plays/cases.ts';

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/ferry');
const books = join(import.meta.dirname, '../plays/books');

/** What Enterprise Linux 9 and 10 and a current Fedora have. */
export const ansibleVersions = ['2.14.18', '2.16.14', '2.19.14'] as const;
export type AnsibleVersion = (typeof ansibleVersions)[number];

/** The one that `npm test` plays live. */
export const liveVersion: AnsibleVersion = '2.19.14';

/** A release of the package `ansible`, of whose wheel only the collection ansible.posix is taken. */
const bundle = '9.13.0';
const collections = join(cache, `ansible-posix-of-${bundle}`);

const venvOf = (version: AnsibleVersion) => join(cache, `ansible-core-${version}`);

/** Python 3.11 runs all three. */
const pythons = ['python3.11', 'python3.12', 'python3.13', 'python3'];

/**
 * Installs a version into a virtual environment of its own, once.
 *
 * @param posix for recording: the collection too, whose download is large. `npm test` has a stand-in for its mount module.
 * @returns why it can't be had, or undefined.
 */
export async function missingAnsible(
  version: AnsibleVersion = liveVersion,
  posix: 'with-posix' | 'core' = 'core',
): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true });
  const venv = venvOf(version);
  const done = join(venv, 'installed');
  const wheel = join(cache, 'wheel');
  const script = [
    `[ -e ${done} ] || {`,
    `for python in ${pythons.join(' ')}; do`,
    `  rm -rf ${venv}; $python -m venv ${venv} 2>/dev/null || continue`,
    `  ${venv}/bin/pip install -q --disable-pip-version-check ansible-core==${version} 2>/dev/null && break`,
    'done',
    `${venv}/bin/ansible-playbook --version >/dev/null; touch ${done}; }`,
    ...(posix === 'core'
      ? []
      : [
          `[ -e ${collections}/ansible_collections ] && exit 0`,
          `rm -rf ${wheel}; ${venv}/bin/pip download -q --no-deps -d ${wheel} ansible==${bundle}`,
          `${venv}/bin/python -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); z.extractall(sys.argv[2], [n for n in z.namelist() if n.startswith("ansible_collections/ansible/posix/")])' ${wheel}/*.whl ${collections}`,
          `rm -rf ${wheel}`,
        ]),
  ].join('\n');
  try {
    // Two test files may want it at once: the second waits for the first.
    await run('flock', [join(cache, 'ansible.lock'), 'sh', '-ec', script], { timeout: 240_000 });
    return undefined;
  } catch {
    return `ansible-core ${version}: python 3.11 or later with venv, and PyPI, are needed`;
  }
}

/** Plays a case on this machine. @returns all that it printed, with the paths that batcave01 has. */
export async function playCase(
  version: AnsibleVersion,
  { tasks, vars = {}, args = [], env = {} }: PlayCase,
  posix: 'with-posix' | 'core' = 'core',
): Promise<{ output: string; code: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-play-'));
  const root = join(dir, 'root');
  const checkout = join(dir, 'ansible');
  try {
    mkdirSync(root);
    writeFileSync(join(root, 'fstab'), '');
    cpSync(books, checkout, { recursive: true });
    if (posix === 'with-posix') rmSync(join(checkout, 'library'), { recursive: true });
    const argv = ['-i', 'hosts', 'play.yml', '-e', JSON.stringify({ root, case: tasks, ...vars }), ...args];
    const { output, code } = await new Promise<{ output: string; code: number }>((done, fail) => {
      const child = execFile(
        'sh',
        ['-c', 'exec "$@" 2>&1', 'sh', join(venvOf(version), 'bin/ansible-playbook'), ...argv],
        {
          cwd: checkout,
          env: {
            PATH: process.env.PATH ?? '',
            HOME: dir,
            LC_ALL: 'C.UTF-8',
            COLUMNS: '80',
            ANSIBLE_CONFIG: join(checkout, 'ansible.cfg'),
            ANSIBLE_COLLECTIONS_PATH: posix === 'with-posix' ? collections : dir,
            ...env,
          },
          maxBuffer: 16_000_000,
        },
        (error, stdout) => {
          if (error !== null && typeof error.code !== 'number') fail(error);
          else done({ output: stdout, code: error === null ? 0 : Number(error.code) });
        },
      );
      child.stdin?.end();
    });
    const paths: readonly (readonly [string, string])[] = [
      [checkout, '/srv/web/infra/ansible'],
      [root, ''],
      [venvOf(version), '/usr'],
      [collections, '/usr/share/ansible/collections'],
    ];
    return { output: paths.reduce((text, [from, to]) => text.replaceAll(from, to), output), code };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
