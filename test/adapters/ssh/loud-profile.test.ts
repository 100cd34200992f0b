import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { Refused, Unknown } from '#core/errors.ts';
import { sshdMissing, startSshd } from '#test/peers/sshd.ts';
import { sending } from '../../builders/sending.ts';

const host = { instance: 'i-0123456789abcdef0' };

/** A real sshd, and a login shell that reads a .bashrc of ours. */
describe.skipIf(sshdMissing() !== undefined)('a host whose profile', () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>;
  let shell: ReturnType<typeof sshShell>;
  beforeAll(async () => {
    sshd = await startSshd(dir => [
      `ForceCommand HOME=${dir}/home exec bash --rcfile ${dir}/home/.bashrc -c "$SSH_ORIGINAL_COMMAND"`,
    ]);
    mkdirSync(`${sshd.dir}/home`);
  });
  afterAll(() => sshd.stop());
  beforeEach(() => {
    profile('');
    shell = sshShell({
      user: 'root',
      keyFile: sshd.keyFile,
      keyring: { keysOf: async () => [sshd.hostKey] },
      addressOf: async () => ({ address: '127.0.0.1', port: sshd.port }),
      identity: ['printf', host.instance],
      state: `${sshd.dir}/state`,
    });
  });
  afterEach(() => shell.close());

  const profile = (text: string) => writeFileSync(`${sshd.dir}/home/.bashrc`, `${text}\n`);
  const touches = (name: string) => shell.run(host, ['sh', '-c', `touch ${sshd.dir}/${name}; echo done`], sending());
  const made = (name: string) => existsSync(`${sshd.dir}/${name}`);

  it.each([
    ['prints without a line end', "printf 'Welcome to Fedora. '"],
    ['prints lines', 'echo one; echo; echo "three "'],
    ['prints a megabyte', 'head -c 1000000 /dev/zero'],
    ['prints bytes that are no text', "printf '\\377\\376\\000\\n\\303'"],
    ['complains', 'echo "stty: no terminal" >&2'],
    ['shows what it runs', 'set -xv; export SHELLOPTS'],
  ])('%s hides nothing of what a command says', async (_, text) => {
    profile(text);
    expect(await touches('loud')).toMatchObject({ code: 0, stdout: 'done\n' });
    expect((await shell.read(host, ['uname', '-s'])).stdout).toBe('Linux\n');
    await shell.write(host, `${sshd.dir}/file`, 'text', sending());
    expect(await shell.file(host, `${sshd.dir}/file`)).toBe('text');
  });

  it('prints what it should leave to the command is not taken for the guard, and nothing was run', async () => {
    profile('cat');
    const error = await touches('eaten').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ code: 'no-guard', message: expect.stringContaining('nothing was run') });
    expect(made('eaten')).toBe(false);
  });

  it('ends the session gets no change: nothing was run, and its words are told', async () => {
    profile('echo "This account is currently not available."; exit 1');
    const error = await touches('closed').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).message).toMatch(/This account is currently not available\..*: nothing was run$/);
    expect(made('closed')).toBe(false);
  });

  it('sends all output elsewhere gets no change, as nothing would be heard of it', async () => {
    profile('exec >/dev/null');
    await expect(touches('mute')).rejects.toMatchObject({ code: 'no-guard', name: 'Refused' });
    expect(made('mute')).toBe(false);
  });

  it('falls silent between two commands: whether the second one ran is not known, as it may have', async () => {
    expect(await touches('before')).toMatchObject({ code: 0 });
    profile('exec >/dev/null');
    const error = await touches('silent').catch((thrown: unknown) => thrown);
    expect(made('silent')).toBe(true);
    expect(error).toBeInstanceOf(Unknown);
    expect((error as Unknown).message).not.toContain('nothing was run');
  });

  it('is quiet: output that is no text is read to its last byte', async () => {
    const by = sending();
    await shell.start(host, ['printf', 'a\\377\\376\\000b\\n\\300\\377'], by);
    await vi.waitFor(async () => expect(await shell.detached(host, by.run, by.key)).toMatchObject({ is: 'ended' }), {
      timeout: 10_000,
    });
    expect(await shell.output(host, by.run, by.key, 0)).toEqual({
      text: 'a\ufffd\ufffd\0b\n\ufffd\ufffd',
      next: 8,
      size: 8,
    });
  });
});
