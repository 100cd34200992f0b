import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall } from '../peers/apt.ts';

const root = join(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/ferry/image');
const base = join(cache, 'base');

/** What the Dockerfile's `FROM` names. */
const from = 'docker.io/library/node:24-bookworm-slim';

/** What the image says of itself. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Healthcheck: { readonly Test: readonly string[] };
}

export interface Image {
  /** Where its files are to be seen, and may be written: whoever runs it binds it read-only. */
  readonly files: string;
  readonly config: ImageConfig;
  /** Sizes of files in MB, of the image and of the base that stands in for Node's. */
  readonly mb: { readonly image: number; readonly base: number };
  remove(): void;
}

/**
 * Builds the Dockerfile with buildah, without an engine, over a base of Debian's packages and this Node. Root on Debian only.
 *
 * @throws Error of what failed.
 */
export function buildImage(): Image {
  if (!aptInstall('debootstrap', 'buildah')) throw new Error('debootstrap and buildah are needed: root on Debian');
  makeBase();
  const bare = buildah('from', 'scratch').trim();
  buildah('copy', '--quiet', bare, base, '/');
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', bare);
  buildah('commit', '--quiet', '--rm', bare, from);
  // A health check stands in Docker's format only.
  buildah('bud', '--isolation', 'chroot', '--pull-never', '--format', 'docker', '--quiet', '--tag', 'ferry', root);
  const container = buildah('from', '--pull-never', 'localhost/ferry').trim();
  const files = buildah('mount', container).trim();
  const { Docker } = JSON.parse(buildah('inspect', '--type', 'image', 'localhost/ferry')) as {
    Docker: { config: ImageConfig };
  };
  const remove = () => {
    buildah('umount', container);
    buildah('rm', container);
  };
  return { files, config: Docker.config, mb: { image: megabytes(files), base: megabytes(base) }, remove };
}

/** A small Debian with Node, npm and the user `node`, as Node's own image has them; reaches registries as this machine does. */
function makeBase(): void {
  if (existsSync(base)) return;
  const made = `${base}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  run('debootstrap', '--variant=minbase', '--include=ca-certificates', 'bookworm', made);
  for (const file of ['/etc/ssl/certs/ca-certificates.crt', '/usr/local/share/ca-certificates']) {
    if (existsSync(file)) cpSync(file, join(made, file), { recursive: true });
  }
  appendFileSync(
    join(made, 'etc/apt/apt.conf.d/docker-clean'),
    'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";\n',
  );
  for (const old of ['var/lib/apt/lists', 'var/cache/apt']) rmSync(join(made, old), { recursive: true });
  mkdirSync(join(made, 'var/cache/apt/archives/partial'), { recursive: true });
  const npm = dirname(dirname(process.env.npm_execpath ?? ''));
  cpSync(process.execPath, join(made, 'usr/local/bin/node'));
  cpSync(npm, join(made, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(made, 'usr/local/bin/npm'));
  const settings = run('npm', 'config', 'get', 'globalconfig').trim();
  if (existsSync(settings)) cpSync(settings, join(made, 'usr/local/etc/npmrc'));
  run('chroot', made, 'useradd', '--uid', '1000', '--user-group', '--create-home', 'node');
  renameSync(made, base);
}

function buildah(...argv: readonly string[]): string {
  const storage = ['--storage-driver', 'vfs', '--root', join(cache, 'root'), '--runroot', join(cache, 'run')];
  return run('buildah', ...storage, ...argv);
}

function run(program: string, ...argv: readonly string[]): string {
  return execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e8 });
}

function megabytes(folder: string): number {
  return Math.round(Number.parseInt(run('du', '-sxb', folder), 10) / 1e6);
}
