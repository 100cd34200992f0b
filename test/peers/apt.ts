import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** RUNLEVEL=1 keeps a package from starting a server of its own. */
const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };

/**
 * Installs Debian packages, where this is a Debian and we are root. A bare one has no lists of packages: they are fetched
 * when the first try fails.
 *
 * @returns whether they are there now.
 */
export function aptInstall(...packages: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const apt = (...argv: readonly string[]) =>
    spawnSync('apt-get', argv, { env: environment, stdio: 'ignore', timeout: 300_000 }).status === 0;
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  return install() || (apt('update') && install());
}

/** Whether a program answers. */
export function answers(program: string, ...argv: readonly string[]): boolean {
  return spawnSync(program, argv, { stdio: 'ignore' }).error === undefined;
}
