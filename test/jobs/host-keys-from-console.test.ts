import { expect, test } from 'vitest';
import { hostKeysFromConsole } from '../../jobs/read/host-keys-from-console.ts';

const blob = (type: string, seed: number) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(36, seed)]).toString('base64');
};
const block = (...lines: string[]) =>
  ['-----BEGIN SSH HOST KEY KEYS-----', ...lines, '-----END SSH HOST KEY KEYS-----'].join('\r\n');
const ed = `ssh-ed25519 ${blob('ssh-ed25519', 1)}`;

test('keys stand between the lines of cloud-init, without their comments', () => {
  expect(hostKeysFromConsole(`boot\n${block(`${ed} root@ip-172-30-2-9`)}\nlogin:`)).toEqual([ed]);
});

test('the last complete block counts', () => {
  const older = `ssh-ed25519 ${blob('ssh-ed25519', 7)}`;
  expect(hostKeysFromConsole(`${block(older)}\n${block(ed)}\n-----BEGIN SSH HOST KEY KEYS-----\n${older}`)).toEqual([
    ed,
  ]);
});

test('a line of the boot log before the key does not hide it', () => {
  expect(hostKeysFromConsole(block(`[   21.3] cloud-init[812]: ${ed} root@host`))).toEqual([ed]);
});

test('an empty block is none', () => {
  expect(hostKeysFromConsole(block())).toBeUndefined();
  expect(hostKeysFromConsole('')).toBeUndefined();
});

test('a key whose blob is of another type is left out', () => {
  expect(hostKeysFromConsole(block(`ecdsa-sha2-nistp256 ${blob('ssh-ed25519', 1)}`, ed))).toEqual([ed]);
});
