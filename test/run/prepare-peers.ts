import { spawnSync } from 'node:child_process';
import { missingAnsible } from '../peers/ansible.ts';
import { answers, aptInstall } from '../peers/apt.ts';
import { whyNoMoto } from '../peers/moto.ts';
import { missingNamedCheckzone } from '../peers/named-checkzone.ts';
import { missingRedis } from '../peers/redis.ts';
import { missingRsync } from '../peers/rsync.ts';
import { sshdMissing } from '../peers/sshd.ts';
import { missingSynapse } from '../peers/synapse.ts';

/**
 * Sees to it that everything the tests meet is there before they run side by side: programs, and the peers that nobody
 * here wrote. As root on Debian what is missing is installed; elsewhere its tests are skipped.
 *
 * @returns a line for each that can't be had.
 */
export async function preparePeers(): Promise<string[]> {
  const lines: string[] = [];
  for (const prepare of [
    missingGit,
    missingSshKeygen,
    missingPython,
    missingRedis,
    sshdMissing,
    missingRsync,
    whyNoMoto,
    missingSynapse,
    missingNamedCheckzone,
    () => missingAnsible(),
  ]) {
    const why = await prepare();
    if (why !== undefined) lines.push(`can't be had: ${why}`);
  }
  return lines;
}

function missingGit(): string | undefined {
  return answers('git', '--version') || aptInstall('git') ? undefined : 'git: install it, nothing works without';
}

function missingSshKeygen(): string | undefined {
  const there = answers('ssh-keygen', '-?') || aptInstall('openssh-client');
  return there ? undefined : 'ssh-keygen: install openssh-client';
}

/** A bare Debian's python3, where there is one, has no ensurepip. */
function missingPython(): string | undefined {
  const whole = () => spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0;
  if (whole() || (aptInstall('python3', 'python3-venv') && whole())) return undefined;
  return 'python3 with venv: moto and Synapse need it';
}
