import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refused } from '#core/errors.ts';

/** Path of a program on a search path, or undefined. */
export function onPath(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/**
 * Path of redis-server or valkey-server. On Debian (and its children) as root it is installed when missing, saying so.
 *
 * @param path the search path (PATH). @param say where to say it.
 * @throws Refused `no-redis` with one line for each package manager.
 */
export async function findRedisServer(path: string, say: (line: string) => void): Promise<string> {
  const found = () => onPath('redis-server', path) ?? onPath('valkey-server', path);
  const there = found();
  if (there !== undefined) return there;
  if (process.getuid?.() === 0 && isDebian() && onPath('apt-get', path) !== undefined) {
    say('redis-server is missing: installing it with apt-get');
    await install(path);
    const installed = found();
    if (installed !== undefined) {
      say(`installed ${installed}`);
      return installed;
    }
  }
  throw new Refused(
    'no-redis',
    [
      'redis-server (or valkey-server) is not on the path. Install it, or set REDIS_URL:',
      '  apt:  sudo apt-get install redis-server',
      '  dnf:  sudo dnf install valkey',
      '  brew: brew install redis',
    ].join('\n'),
  );
}

function isDebian(): boolean {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

async function install(path: string): Promise<void> {
  const arguments_ = ['install', '-y', '--no-install-recommends', 'redis-server'];
  if ((await aptGet(path, arguments_)) === 0) return;
  await aptGet(path, ['update']);
  await aptGet(path, arguments_);
}

/** RUNLEVEL=1 keeps the package from starting a server of its own. */
function aptGet(path: string, argv: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', argv, {
      env: { PATH: path, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', resolve);
  });
}
