import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newHostKey } from './hosts/seed.ts';

/** What the bot and scripts get into the pretend world with. Made once per folder; good for nothing else. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Path of the bot's private SSH key; its public half stands beside it with `.pub`. */
  readonly keyFile: string;
  /** OpenSSH line. */
  readonly publicKey: string;
}

/** Reads a folder's credentials, making them the first time. */
export function credentialsOf(dir: string): Credentials {
  const keyFile = join(dir, 'ssh', 'id_ed25519');
  const awsFile = join(dir, 'aws.json');
  if (!existsSync(`${keyFile}.pub`)) {
    mkdirSync(join(dir, 'ssh'), { recursive: true, mode: 0o700 });
    const pair = newHostKey();
    writeFileSync(keyFile, pair.hostKey, { mode: 0o600 });
    writeFileSync(`${keyFile}.pub`, `${pair.publicKey} ferry@simulator\n`);
  }
  if (!existsSync(awsFile)) {
    const secretAccessKey = randomBytes(30).toString('base64');
    writeFileSync(awsFile, JSON.stringify({ accessKeyId: 'AKIASIMULATOR0000000', secretAccessKey }), { mode: 0o600 });
  }
  const aws = JSON.parse(readFileSync(awsFile, 'utf8')) as Pick<Credentials, 'accessKeyId' | 'secretAccessKey'>;
  return { ...aws, keyFile, publicKey: readFileSync(`${keyFile}.pub`, 'utf8').trim() };
}
