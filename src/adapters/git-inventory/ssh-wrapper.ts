import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInput } from '#core/errors.ts';

export interface SshIdentity {
  readonly keyFile: string;
  /** Plain public keys of the repository's host ("ssh-ed25519 AAAA…"). */
  readonly hostKeys: readonly string[];
}

/**
 * Writes what git starts instead of `ssh`: with the given key and host keys only, asking nobody. Paths go into a
 * configuration file and an environment variable, never into a shell's words.
 *
 * @returns the environment for git.
 */
export async function sshWrapper(folder: string, identity: SshIdentity): Promise<Readonly<Record<string, string>>> {
  await mkdir(folder, { recursive: true });
  const knownHosts = join(folder, 'known_hosts');
  const config = join(folder, 'config');
  const wrapper = join(folder, 'ssh');
  await writeFile(knownHosts, identity.hostKeys.map(key => `* ${key}\n`).join(''));
  const lines = [
    'Host *',
    `  IdentityFile ${quoted(identity.keyFile)}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    '  BatchMode yes',
    '  StrictHostKeyChecking yes',
    `  UserKnownHostsFile ${quoted(knownHosts)}`,
    '  GlobalKnownHostsFile /dev/null',
    '  ConnectTimeout 20',
    '  ServerAliveInterval 5',
    '  ServerAliveCountMax 3',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  await writeFile(wrapper, '#!/bin/sh\nexec ssh -F "$FERRY_SSH_CONFIG" "$@"\n');
  await chmod(wrapper, 0o755);
  return { GIT_SSH: wrapper, GIT_SSH_VARIANT: 'ssh', FERRY_SSH_CONFIG: config };
}

function quoted(path: string): string {
  if (/["\n\r%$\\]/.test(path)) throw new BadInput('sshKeyFile', `ssh can't be told the path ${path}: rename it`);
  return `"${path}"`;
}
