import { readFile } from 'node:fs/promises';
import { Refused } from '#core/errors.ts';
import type { HostRef, ShellSessions } from '#ports/shell.ts';
import { Connection, type Endpoint, type SshTiming } from './connection.ts';
import type { SshShellOptions } from './ssh-shell-options.ts';

/** Connections by host and user, kept while they live; each address is described when one is made. */
export function sshSessions(
  options: SshShellOptions,
  timing: SshTiming,
): ShellSessions & { connection(host: HostRef): Promise<Connection> } {
  const kept = new Map<string, Promise<Connection>>();
  let jump: Promise<Connection> | undefined;

  async function openJump(): Promise<Connection> {
    if (options.jump === undefined) throw new Error('there is no jump host');
    const { address, port, user, keys, keyFile } = options.jump;
    const privateKey = await readKey(keyFile ?? options.keyFile);
    return Connection.open({ name: 'the jump host', address, port, user, keys, privateKey }, timing);
  }

  async function through(): Promise<Connection | undefined> {
    if (options.jump === undefined) return undefined;
    const usable = jump === undefined ? undefined : await jump.catch(() => undefined);
    if (usable?.alive !== true) jump = openJump();
    return jump;
  }

  async function endpointOf(host: HostRef): Promise<Endpoint> {
    const privateKey = await readKey(options.keyFile);
    if ('host' in host) {
      const named = options.hosts?.[host.host];
      if (named === undefined) throw new Refused('host-unknown', `"${host.host}" is no host that the estate names`);
      return { name: host.host, privateKey, ...named };
    }
    const keys = (await options.keyring.keysOf(host.instance)) ?? [];
    const { address, port } = await options.addressOf(host.instance);
    return { name: host.instance, address, port, user: host.user ?? options.user, keys, privateKey };
  }

  function keyOf(host: HostRef): string {
    return 'host' in host ? `host ${host.host}` : `instance ${host.instance} ${host.user ?? options.user}`;
  }

  async function connection(host: HostRef): Promise<Connection> {
    const key = keyOf(host);
    const before = kept.get(key);
    const usable = before === undefined ? undefined : await before.catch(() => undefined);
    if (usable?.alive === true) return usable;
    // Somebody else may have begun a new one while this one was looked at.
    const now = kept.get(key);
    if (now !== undefined && now !== before) return now;
    const made = (async () => Connection.open(await endpointOf(host), timing, await through()))();
    kept.set(key, made);
    made.catch(() => {
      if (kept.get(key) === made) kept.delete(key);
    });
    return made;
  }

  return {
    connection,

    async close(host) {
      const open = host === undefined ? [...kept.values()] : ofHost(kept, host);
      for (const [key, one] of [...kept]) if (open.includes(one)) kept.delete(key);
      for (const one of open) (await one.catch(() => undefined))?.close();
      if (host !== undefined) return;
      (await jump?.catch(() => undefined))?.close();
      jump = undefined;
    },
  };
}

/** All connections to a host, whoever is logged in. */
function ofHost(kept: ReadonlyMap<string, Promise<Connection>>, host: HostRef): Promise<Connection>[] {
  const start = 'host' in host ? `host ${host.host}` : `instance ${host.instance} `;
  return [...kept].filter(([key]) => ('host' in host ? key === start : key.startsWith(start))).map(([, one]) => one);
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Refused('no-private-key', `the bot's SSH key ${file} can't be read`, { cause });
  }
}
