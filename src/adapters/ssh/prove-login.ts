import { readFile } from 'node:fs/promises';
import { Refused } from '#core/errors.ts';
import { Connection } from './connection.ts';

/**
 * Logs in and out again, without a command: for a jump host, which may allow none.
 *
 * @throws Refused `host-key-unknown`, `host-key-differs`, `login-refused`, `no-connection`, `no-private-key`.
 */
export async function proveLogin(host: {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Pinned public keys. */
  readonly keys: readonly string[];
  readonly keyFile: string;
  /** How long the login may take, ms. */
  readonly readyMs: number;
}): Promise<void> {
  const { keyFile, readyMs, ...endpoint } = host;
  let privateKey: string;
  try {
    privateKey = await readFile(keyFile, 'utf8');
  } catch (cause) {
    throw new Refused('no-private-key', `the bot's SSH key ${keyFile} can't be read`, { cause });
  }
  const timing = { readyMs, keepaliveMs: 5_000, commandMs: readyMs };
  (await Connection.open({ ...endpoint, privateKey }, timing)).close();
}
