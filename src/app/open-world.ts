import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dnsReader } from '#adapters/dns/dns-reader.ts';
import { ec2Compute } from '#adapters/ec2/ec2-compute.ts';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import { type NamedHost, sshShell } from '#adapters/ssh/ssh-shell.ts';
import { endedSince, hasEnded } from '#changes/shared/ended-instance.ts';
import { BadInput, Halt, Unknown } from '#core/errors.ts';
import type { Readers, Writers } from '#engine/define-change.ts';
import { type Config, need } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import type { ComputeReader, Instance } from '#ports/compute.ts';
import type { HostKeyring, ShellSessions } from '#ports/shell.ts';

/** The outside world, as the estate and the environment say how to reach it. */
export interface World {
  readonly readers: Readers;
  readonly writers: Writers;
  readonly sessions: ShellSessions;
  close(): Promise<void>;
}

/**
 * Puts the real adapters together. Makes no request before it is asked for something.
 *
 * @param keyring pinned host keys of instances.
 * @throws EstateError naming each variable that is missing.
 */
export function openWorld(
  estate: Estate,
  config: Config,
  keyring: HostKeyring,
  compute: ReturnType<typeof openCompute>,
): World {
  const { sshKeyFile } = need(config, 'sshKeyFile');
  const { connect } = estate.timing.world;
  const shell = sshShell({
    user: estate.ssh.user,
    keyFile: sshKeyFile,
    keyring,
    addressOf: async instance => ({
      address: await addressOf(compute, instance, estate.ssh.address, estate.jump !== undefined),
      port: estate.ssh.port,
    }),
    hosts: namedHosts(estate),
    ...(estate.jump === undefined
      ? {}
      : {
          jump: {
            address: estate.jump.address,
            port: estate.jump.port,
            user: estate.jump.user,
            keys: estate.jump.hostKeys,
          },
        }),
    timing: { readyMs: connect },
  });
  const inventory = openInventory(estate, config);
  const dns = dnsReader({ servers: estate.dns.servers });
  return {
    readers: { compute, shell, inventory, dns },
    writers: { compute, shell, inventory },
    sessions: shell,
    close: async () => {
      compute.close();
      await shell.close();
    },
  };
}

/** The inventory's repository; its copy stands in the state folder. */
export function openInventory(estate: Estate, config: Config) {
  return gitInventory({
    repository: estate.inventory.repository,
    branch: estate.inventory.branch,
    author: estate.inventory.author,
    cacheDir: join(config.stateDir, 'inventory'),
    ...(config.inventoryKeyFile === undefined ? {} : { sshKeyFile: config.inventoryKeyFile }),
    hostKeys: estate.inventory.hostKeys,
  });
}

/** EC2 alone: the keyring needs it too. */
export function openCompute(estate: Estate, config: Config) {
  const { aws } = need(config, 'aws');
  const { accessKeyId, secretAccessKey, sessionToken, endpoint } = aws;
  return ec2Compute({
    region: estate.aws.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
    },
  });
}

/** Ferry's public key, beside its private one; new instances let it in. @throws BadInput naming the variable. */
export function publicKeyOf(config: Config): string {
  const { sshKeyFile } = need(config, 'sshKeyFile');
  let text: string;
  try {
    text = readFileSync(`${sshKeyFile}.pub`, 'utf8');
  } catch (cause) {
    const sentence = `FERRY_SSH_KEY_FILE: ${sshKeyFile}.pub can't be read: make it by ssh-keygen -y -f ${sshKeyFile}`;
    throw new BadInput('FERRY_SSH_KEY_FILE', sentence, { cause });
  }
  // It goes into the user data of new hosts, line by line.
  const [, key] = /^([a-z][a-z0-9@.-]* [A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?\r?\n?$/.exec(text) ?? [];
  if (key === undefined)
    throw new BadInput('FERRY_SSH_KEY_FILE', `FERRY_SSH_KEY_FILE: ${sshKeyFile}.pub isn't one public key on one line`);
  return key;
}

function namedHosts(estate: Estate): Record<string, NamedHost> {
  const { address, port, user, hostKeys } = estate.batcave;
  return { batcave01: { address, port, user, keys: hostKeys } };
}

/**
 * Described freshly for each connection: an address may have moved. An instance that lost its public address has no other
 * for minutes; through a jump host it is reached by its private one meanwhile.
 */
async function addressOf(
  compute: ComputeReader,
  id: string,
  kind: Estate['ssh']['address'],
  throughJump: boolean,
): Promise<string> {
  const instance = await compute.instance(id);
  if (instance !== undefined && hasEnded(instance)) throw new Halt('instance-terminated', endedSince(instance));
  const address =
    instance === undefined ? undefined : (pick(instance, kind) ?? (throughJump ? instance.privateIp : undefined));
  if (address === undefined) throw new Unknown('no-address', `${id} has no ${kind} address to reach it at`);
  return address;
}

function pick(instance: Instance, kind: Estate['ssh']['address']): string | undefined {
  switch (kind) {
    case 'public':
      return instance.publicIp;
    case 'ipv6':
      return instance.ipv6[0];
    case 'private':
      return instance.privateIp;
  }
}
