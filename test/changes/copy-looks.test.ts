import { expect, it } from 'vitest';
import { allowCopy } from '#changes/allow-copy.ts';
import { forbidCopy } from '#changes/forbid-copy.ts';
import { kinds } from '#changes/index.ts';
import {
  authorizedKeysPath,
  copyKeyLine,
  copyKeyPath,
  copyModules,
  copyModulesPath,
} from '#changes/shared/copy-key.ts';
import type { Readers, Writers } from '#engine/define-change.ts';

const [from, to] = [{ instance: 'i-old' }, { instance: 'i-new' }];
const paths = ['/root/a'];
const args = { from, to, address: '192.0.2.1', paths };
const [allow, forbid] = [kinds['allow-copy']!, kinds['forbid-copy']!];
const pub = `ssh-ed25519 ${'A'.repeat(68)} ferry-copy-i-new\n`;
const line = copyKeyLine('i-new', pub, '192.0.2.1');
const served = { [`i-old ${copyModulesPath('i-new')}`]: copyModules(paths) };
const made = { [`i-new ${copyKeyPath}.pub`]: pub };
const keys = (text: string) => ({ [`i-old ${authorizedKeysPath}`]: text });

/** Hosts with these files, by instance and path; whatever is written to them is kept. */
function hosts(files: Record<string, string>) {
  const shell = {
    file: async (host: { instance: string }, path: string) => files[`${host.instance} ${path}`],
    run: async () => ({ code: 0, stdout: '', stderr: '' }),
    write: async (host: { instance: string }, path: string, content: string) => {
      files[`${host.instance} ${path}`] = content;
    },
  };
  return { shell } as unknown as Readers & Writers;
}

const look = async (kind: typeof allow, files: Record<string, string>, of: object = args) =>
  (await kind.look(hosts(files), of as never, undefined as never)).is;

it('a key is let in once its line stands and what it may read is served: neither by itself, nor without a list of keys', async () => {
  expect(await look(allow, { ...made, ...served, ...keys(`${line}\n`) })).toBe('after');
  expect(await look(allow, { ...made, ...keys(`${line}\n`) })).toBe('before');
  expect(await look(allow, { ...made, ...served, ...keys('ssh-rsa B other\n') })).toBe('before');
  expect(await look(allow, { ...made, ...served })).toBe('before');
  expect(await look(allow, { ...served, ...keys(`${line}\n`) })).toBe('before');
});

it('what an earlier version planned without its paths lets nothing in any more; what it has let in is seen', async () => {
  const { paths: _none, ...before } = args;
  await expect(allow.make(hosts({ ...made }), before as never, undefined as never)).rejects.toMatchObject({
    code: 'planned-before',
  });
  expect(await look(allow, { ...made, ...keys('ssh-rsa B ferry-copy-i-new\n') }, before)).toBe('after');
});

it('a key of an attempt before goes when another one is let in', async () => {
  const files = { ...made, ...keys('from="192.0.2.9" ssh-rsa B ferry-copy-i-new\nssh-rsa C other\n') };
  await allow.make(hosts(files), args as never, undefined as never);
  expect(files[`i-old ${authorizedKeysPath}`]).toBe(`${line}\nssh-rsa C other\n`);
});

it('a copy is over once neither the key nor what was served is there; keys that only begin alike stay', async () => {
  const over = { from, to };
  expect(await look(forbid, keys('ssh-rsa C other\n'), over)).toBe('after');
  expect(await look(forbid, { ...served, ...keys('ssh-rsa C other\n') }, over)).toBe('before');
  expect(await look(forbid, keys(`${line}\n`), over)).toBe('before');
  const files = keys(`${line}\nssh-rsa D ferry-copy-i-new2\n`);
  await forbid.make(hosts(files), over as never, undefined as never);
  expect(files[`i-old ${authorizedKeysPath}`]).toBe('ssh-rsa D ferry-copy-i-new2\n');
  expect([allowCopy(args).kind, forbidCopy(over).kind]).toEqual(['allow-copy', 'forbid-copy']);
});
