import { spawnSync } from 'node:child_process';
import { answers, aptInstall } from './apt.ts';

/**
 * Why a copy between two hosts can't be tried here, in one line: it takes rsync, and mounts of one's own for the hosts' files.
 * Installs Debian's package where that is possible.
 */
export function missingRsync(): string | undefined {
  if (!answers('rsync', '--version') && !aptInstall('rsync')) return 'rsync: install it for the tests of copies';
  const mounts = spawnSync('unshare', ['-m', '--propagation', 'private', 'mount', '--bind', '/srv', '/srv']);
  return mounts.status === 0 ? undefined : 'mounts of their own for pretend hosts: the tests of copies need root';
}
