import { describe, expect, test } from 'vitest';
import { consoleKeys, hostKeysFromConsole } from '../../jobs/read/host-keys-from-console.ts';

const field = (bytes: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const blobOf = (...fields: readonly Buffer[]) => Buffer.concat(fields.map(field)).toString('base64');
const blob = (type: string, seed: number) => blobOf(Buffer.from(type), Buffer.alloc(32, seed));
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

describe('a key that another writer of the console cut in two', () => {
  const rsa = `ssh-rsa ${blobOf(Buffer.from('ssh-rsa'), Buffer.from([1, 0, 1]), Buffer.alloc(385, 9))}`;
  const point = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 5)]);
  const ecdsa = `ecdsa-sha2-nistp256 ${blobOf(Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point)}`;
  const kernel = '[   13.002] IPv6: ADDRCONF(NETDEV_CHANGE): ens5: link becomes ready';

  test('whole keys of every type are taken', () => {
    expect(consoleKeys(block(rsa, ecdsa, ed))).toEqual({ keys: [rsa, ecdsa, ed], torn: [] });
  });

  test.each([
    ['RSA', rsa],
    ['ECDSA', ecdsa],
    ['Ed25519', ed],
  ])('half of an %s key is never taken, wherever it was cut', (_name, key) => {
    const whole = key === ed ? rsa : ed;
    const from = key.indexOf(' ') + 1;
    for (let at = from; at < key.length; at += 1) {
      for (const line of [key.slice(0, at), `${key.slice(0, at)}${kernel}`, `${key.slice(0, at)} ${kernel}`]) {
        const found = consoleKeys(block(line, whole));
        expect(found?.keys, line).toEqual([whole]);
        expect(found?.torn, line).toEqual([line]);
      }
    }
  });

  test('a block of nothing but halves is none', () => {
    expect(consoleKeys(block(rsa.slice(0, 100)))).toBeUndefined();
  });

  test('a block that was begun again counts from its last beginning', () => {
    const begun = `-----BEGIN SSH HOST KEY KEYS-----\r\n${rsa.slice(0, 80)}\r\n`;
    expect(consoleKeys(`${begun}${block(ed)}`)).toEqual({ keys: [ed], torn: [] });
  });

  test('other lines of the boot between the keys are no keys', () => {
    expect(consoleKeys(block(kernel, ed, '', kernel))).toEqual({ keys: [ed], torn: [] });
  });
});
