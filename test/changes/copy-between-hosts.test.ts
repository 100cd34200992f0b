import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { allowCopy } from '#changes/allow-copy.ts';
import { copyFolders } from '#changes/copy-folders.ts';
import { forbidCopy } from '#changes/forbid-copy.ts';
import type { Change } from '#core/change.ts';
import type { ChangeMaker } from '#engine/define-change.ts';
import type { Send } from '#ports/send.ts';
import { missingRsync } from '#test/peers/rsync.ts';
import { type Sshd, sshdMissing, startSshd } from '#test/peers/sshd.ts';
import { sending } from '../builders/sending.ts';

const missing = sshdMissing() ?? missingRsync();
const from = { instance: 'i-00000000000000001' };
const to = { instance: 'i-00000000000000002' };
/** The old host's; sshd's own port, as the copy knows no other. */
const address = `127.${1 + (process.pid % 200)}.77.${1 + (Date.now() % 200)}`;
const paths = ['/opt/data', '/opt/lists/one', '/opt/nowhere'];

/** Two real sshds, each with a /root and an /opt of its own. */
describe.skipIf(missing !== undefined)('a copy from one host to another', { timeout: 120_000 }, () => {
  let old: Sshd;
  let fresh: Sshd;
  let shell: ReturnType<typeof sshShell>;
  const keys = (dir: string) => [`AuthorizedKeysFile ${dir}/authorized_keys /root/.ssh/authorized_keys`];
  const theirs =
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGl0IGlzIG5vdCB0aGUga2V5IG9mIGFueSBob3N0ISEh Müller\n\n# note\r\n';
  const authorized = () => `${old.dir}/root/.ssh/authorized_keys`;

  beforeEach(async () => {
    old = await startSshd(keys, ['/root', '/opt'], { address, port: 22 });
    fresh = await startSshd(keys, ['/root', '/opt']);
    const at = { [from.instance]: old, [to.instance]: fresh };
    shell = sshShell({
      user: 'root',
      keyFile: `${fresh.dir}/both`,
      keyring: { keysOf: async id => [at[id]!.hostKey] },
      addressOf: async id => ({ address: id === from.instance ? address : '127.0.0.1', port: at[id]!.port }),
      identity: ['sh', '-c', 'cat /root/id'],
      state: '/root/state',
    });
    writeFileSync(`${fresh.dir}/both`, readFileSync(fresh.keyFile), { mode: 0o600 });
    writeFileSync(`${old.dir}/authorized_keys`, readFileSync(`${fresh.dir}/authorized_keys`));
    writeFileSync(`${old.dir}/root/id`, from.instance);
    writeFileSync(`${fresh.dir}/root/id`, to.instance);
    mkdirSync(`${old.dir}/opt/data/sub`, { recursive: true });
    mkdirSync(`${old.dir}/opt/lists`);
    writeFileSync(`${old.dir}/opt/data/a`, 'a', { mode: 0o640 });
    writeFileSync(`${old.dir}/opt/data/sub/b c`, 'b', { mode: 0o604 });
    symlinkSync('/etc/passwd', `${old.dir}/opt/data/link`);
    writeFileSync(`${old.dir}/opt/lists/one`, 'one');
    writeFileSync(`${old.dir}/opt/lists/two`, 'two');
    writeFileSync(`${old.dir}/opt/secret`, 'hunter2');
    mkdirSync(`${old.dir}/root/.ssh`, { mode: 0o700 });
    writeFileSync(authorized(), theirs);
    chmodSync(authorized(), 0o640);
  });
  afterEach(async () => {
    await shell.close();
    await Promise.all([old.stop(), fresh.stop()]);
  });

  async function made<A extends object>(kind: ChangeMaker<A & never, never>, change: Change): Promise<void> {
    const ports = { shell } as never;
    const send: Send = sending();
    const about = { run: send.run, key: send.key };
    const { definition } = kind as unknown as ChangeMaker<never, never>;
    await definition.make(ports, change.args as never, send);
    await vi.waitFor(
      async () => expect(await definition.look(ports, change.args as never, about)).toMatchObject({ is: 'after' }),
      {
        timeout: 30_000,
      },
    );
  }
  const allow = () => made(allowCopy as never, allowCopy({ from, to, address: '127.0.0.1', paths }));
  const copy = () =>
    made(copyFolders as never, copyFolders({ from, to, address, hostKeys: [old.hostKey], paths, served: true }));
  const forbid = () => made(forbidCopy as never, forbidCopy({ from, to }));
  /** As root of the new host, with its key. */
  const withKey = (program: string, ...argv: readonly string[]) =>
    spawnSync(program, argv, { encoding: 'utf8', timeout: 20_000, input: '' });
  const options = () => [
    ...['-i', `${fresh.dir}/root/.ssh/ferry-copy`, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
  ];
  const rsync = (...argv: readonly string[]) => withKey('rsync', '-a', '-e', `ssh ${options().join(' ')}`, ...argv);
  const copied = (path: string) => `${fresh.dir}${path}`;

  it('brings folders and files as they are, leaves out what is not there, and deletes what is gone', async () => {
    mkdirSync(copied('/opt/data'), { recursive: true });
    writeFileSync(copied('/opt/data/gone'), 'x');
    await allow();
    await copy();
    expect(readFileSync(copied('/opt/data/a'), 'utf8')).toBe('a');
    expect(statSync(copied('/opt/data/sub/b c')).mode & 0o777).toBe(0o604);
    expect(execFileSync('readlink', [copied('/opt/data/link')], { encoding: 'utf8' })).toBe('/etc/passwd\n');
    expect(readFileSync(copied('/opt/lists/one'), 'utf8')).toBe('one');
    for (const path of ['/opt/data/gone', '/opt/lists/two', '/opt/nowhere', '/opt/secret'])
      expect(existsSync(copied(path)), path).toBe(false);
    writeFileSync(`${old.dir}/opt/data/late`, 'late');
    await copy();
    expect(readFileSync(copied('/opt/data/late'), 'utf8')).toBe('late');
  });

  it('leaves authorized_keys afterwards as it was, byte for byte, with its mode', async () => {
    await allow();
    expect(readFileSync(authorized(), 'utf8').endsWith(`\n${theirs}`)).toBe(true);
    await allow();
    await forbid();
    expect(readFileSync(authorized(), 'utf8')).toBe(theirs);
    expect(statSync(authorized()).mode & 0o777).toBe(0o640);
    expect(execFileSync('ls', ['-A', `${old.dir}/root/.ssh`], { encoding: 'utf8' })).toBe('authorized_keys\n');
    expect(withKey('ssh', ...options(), `root@${address}`, 'true').stderr).toContain('Permission denied');
  });

  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['has no last line end', 'ssh-rsa AAAA'],
  ])('an authorized_keys that %s is so again afterwards', async (_, text) => {
    if (text === undefined) execFileSync('rm', ['-r', `${old.dir}/root/.ssh`]);
    else writeFileSync(authorized(), text);
    await allow();
    await forbid();
    expect(existsSync(authorized()) ? readFileSync(authorized(), 'utf8') : undefined).toBe(text);
  });

  it('an authorized_keys that is no UTF-8 is left as it is, and nothing is let in', async () => {
    const latin = Buffer.from('ssh-rsa AAAA M\xfcller\n', 'latin1');
    writeFileSync(authorized(), latin);
    await expect(allow()).rejects.toMatchObject({ code: 'not-text' });
    expect(readFileSync(authorized())).toEqual(latin);
  });

  it('lets nothing else in with that key: no command, no other file, no writing, no forwarding', async () => {
    await allow();
    const ssh = (...argv: readonly string[]) => withKey('ssh', ...options(), `root@${address}`, ...argv);
    for (const command of [
      ['id'],
      [],
      ['rsync --server --sender -logDtpr . /opt/secret'],
      ['rsync --server --daemon . ; id'],
      ['rsync --server --daemon --config=/etc/passwd .'],
      ['sh -c "rsync --server --daemon ."'],
    ]) {
      const { status, stdout, stderr } = ssh(...command);
      expect({ status, stdout, stderr }, command[0]).toEqual({
        status: 126,
        stdout: '',
        stderr: 'only what is copied is served\n',
      });
    }
    expect(withKey('sftp', ...options(), `root@${address}`).status).not.toBe(0);
    expect(ssh('-W', `${address}:22`).stdout).toBe('');

    const out = `${fresh.dir}/out`;
    mkdirSync(out);
    for (const source of [
      'root@A:/opt/secret',
      'root@A::ferry0/secret',
      'root@A::ferry0/../root/id',
      'root@A::ferry1/two',
      'root@A::ferry0/lists',
    ])
      rsync(source.replace('A', address), `${out}/`);
    rsync('-L', `root@${address}::ferry0/`, `${out}/all/`);
    const found = execFileSync('find', [out, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n').sort();
    expect(found).toEqual([`${out}/all/data/a`, `${out}/all/data/sub/b c`]);
    rsync(`${old.dir}/opt/secret`, `root@${address}::ferry0/data/`);
    rsync('--remove-source-files', `root@${address}::ferry0/data/a`, `${out}/`);
    expect(existsSync(`${old.dir}/opt/data/secret`)).toBe(false);
    expect(existsSync(`${old.dir}/opt/data/a`)).toBe(true);
    // Rules that a client names are read on the server, and lines that are none are repeated.
    const leaked = rsync(
      '--filter=dir-merge /../root/id',
      '--filter=dir-merge /etc/passwd',
      `root@${address}::ferry0/data`,
      `${out}/`,
    );
    expect(leaked.stderr + leaked.stdout).not.toMatch(/i-0000|root:x:/);
  });

  it('is good from the new host only, and lets in one key, whatever its file holds', async () => {
    await made(allowCopy as never, allowCopy({ from, to, address: '10.9.8.7', paths }));
    expect(withKey('ssh', ...options(), `root@${address}`, 'rsync --server --daemon .').stderr).toContain(
      'Permission denied',
    );
    await forbid();
    const pub = `${fresh.dir}/root/.ssh/ferry-copy.pub`;
    for (const more of [
      `${readFileSync(pub)}ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGl0IGlzIG5vdCB0 x\n`,
      `command="id" ${readFileSync(pub)}`,
    ]) {
      writeFileSync(pub, more);
      await expect(allow()).rejects.toMatchObject({ code: 'bad-key' });
      expect(readFileSync(authorized(), 'utf8')).toBe(theirs);
    }
  });

  it('says in the plan what it lets in', () => {
    expect(allowCopy.definition.say({ from, to, address: '10.0.0.2', paths })).toBe(
      `let in on ${from.instance}, as root, a key that is made on ${to.instance}: from 10.0.0.2 only, to read ` +
        '/opt/data, /opt/lists/one, /opt/nowhere by rsync; no other command, no other file, nothing is written',
    );
  });
});
