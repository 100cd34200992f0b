import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Image } from './build-image.ts';

/** Folders of this machine that the container sees. */
export interface Mounts {
  /** `/var/lib/ferry`, which it may write. */
  readonly state: string;
  /** `/etc/ferry`, which it only reads. */
  readonly world: string;
}

/**
 * What `docker run --read-only --tmpfs /tmp` does, without an engine: an own process and mount namespace, the image's user
 * and environment. Ends with this process.
 *
 * @param argv the whole command line, without the image's entry point.
 */
export function runInImage(
  image: Image,
  mounts: Mounts,
  argv: readonly string[],
  variables: readonly string[] = [],
): ChildProcess {
  const script = [
    'set -eu; root=$1 state=$2 world=$3; shift 3',
    'mount --make-rprivate /; mount --bind "$root" "$root"; mkdir -p "$root/etc/ferry"',
    'mount -t proc proc "$root/proc"; mount --bind /dev "$root/dev"; mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"',
    'mount --bind "$state" "$root/var/lib/ferry"',
    'mount --bind "$world" "$root/etc/ferry"; mount -o remount,bind,ro "$root/etc/ferry"',
    'mount -o remount,bind,ro "$root"',
    // After the change of user, which forgets it: it ends with unshare, and so with us.
    'exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --pdeathsig KILL env -i "$@"',
  ].join('\n');
  const { User, Env } = image.config;
  return spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', '--', 'unshare', '--pid', '--mount', '--fork', '--kill-child'],
      ...['sh', '-c', script, 'sh', image.files, mounts.state, mounts.world],
      ...Env,
      ...variables,
      ...argv,
    ],
    { env: { PATH: process.env.PATH, user: User }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

/** Runs it to its end. @returns its exit status and all that it said. */
export async function outcomeOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly said: string }> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
