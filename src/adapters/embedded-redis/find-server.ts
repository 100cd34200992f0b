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
export function findRedisServer(path: string, say: (line: string) => void): Promise<string> {
  return findOrInstall(['redis-server', 'valkey-server'], path, say, () => {
    const lines = [
      'redis-server (or valkey-server) is not on the path. Install it, or set REDIS_URL:',
      '  apt:  sudo apt-get install redis-server',
      '  dnf:  sudo dnf install valkey',
      '  brew: brew install redis',
    ];
    return new Refused('no-redis', lines.join('\n'));
  });
}

/** Path of git, with which the simulator keeps its inventory; as above. @throws Refused `no-git`. */
export function findGit(path: string, say: (line: string) => void): Promise<string> {
  return findOrInstall(['git'], path, say, () => {
    const lines = [
      'git is not on the path. Install it:',
      '  apt:  sudo apt-get install git',
      '  dnf:  sudo dnf install git',
    ];
    return new Refused('no-git', [...lines, '  brew: brew install git'].join('\n'));
  });
}

/** The first of the programs that is there; otherwise Debian's package of the first one's name is tried. */
async function findOrInstall(
  programs: readonly string[],
  path: string,
  say: (line: string) => void,
  refused: () => Refused,
): Promise<string> {
  const found = () => programs.map(name => onPath(name, path)).find(file => file !== undefined);
  const there = found();
  if (there !== undefined) return there;
  const [wanted = ''] = programs;
  if (process.getuid?.() === 0 && isDebian() && onPath('apt-get', path) !== undefined) {
    say(`${wanted} is missing: installing it with apt-get`);
    await install(wanted, path);
    const installed = found();
    if (installed !== undefined) {
      say(`installed ${installed}`);
      return installed;
    }
  }
  throw refused();
}

function isDebian(): boolean {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** A bare Debian has no lists of packages, so the first try may fail: what it says is of no use to anybody. */
async function install(name: string, path: string): Promise<void> {
  const arguments_ = ['install', '-y', '--no-install-recommends', name];
  if ((await aptGet(path, arguments_, 'ignore')) === 0) return;
  await aptGet(path, ['update'], 'inherit');
  await aptGet(path, arguments_, 'inherit');
}

/** RUNLEVEL=1 keeps the package from starting a server of its own. */
function aptGet(path: string, argv: readonly string[], stderr: 'ignore' | 'inherit'): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', argv, {
      env: { PATH: path, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      stdio: ['ignore', 'ignore', stderr],
    });
    child.on('error', reject);
    child.on('close', resolve);
  });
}
