import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshdMissing, startSshd } from '#test/peers/sshd.ts';
import type { Flood, Flooded } from './flooding-client.ts';

/** MiB that a process may grow by, whatever comes: what is kept, its text, and what waits to be collected. */
const bound = 160;
const instance = 'i-0123456789abcdef0';

describe.skipIf(sshdMissing() !== undefined)('a host that prints without end', { timeout: 240_000 }, () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  async function floods(flood: Flood): Promise<Flooded> {
    const client = {
      keyFile: sshd.keyFile,
      keys: [sshd.hostKey],
      address: '127.0.0.1',
      port: sshd.port,
      identity: ['printf', instance],
      state: `${sshd.dir}/state`,
      instance,
    };
    const script = join(import.meta.dirname, 'flooding-client.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify({ ...client, ...flood })]);
    return JSON.parse(stdout) as Flooded;
  }

  it('a GiB without a line end is taken in constant memory, and what is cut is said', async () => {
    const argv = ['sh', '-c', 'printf begin; head -c 1G /dev/zero; printf end'];
    const { grew, ended, stdout } = await floods({ how: 'run', argv, limitMs: 180_000 });
    expect(ended).toBe('exit 0');
    expect(stdout).toMatch(/^begin.*\[1,072,693,256 bytes of output are cut here\].*end$/s);
    expect(grew).toBeLessThan(bound);
  });

  it('so it is on standard error', async () => {
    const argv = ['sh', '-c', '(printf begin; yes | head -c 200M; printf end) >&2; exit 3'];
    const { grew, ended, stderr } = await floods({ how: 'run', argv, limitMs: 180_000 });
    expect(ended).toBe('exit 3');
    expect(stderr).toMatch(/^beginy\n.*\[209,584,136 bytes of output are cut here\].*end$/s);
    expect(grew).toBeLessThan(bound);
  });

  it('a command that never stops ends with its limit, and the connection lives', async () => {
    const { grew, ended } = await floods({ how: 'run', argv: ['yes'], limitMs: 2_000 });
    expect(ended).toMatch(/^time-out: /);
    expect(grew).toBeLessThan(bound);
  });

  it('in pieces of a byte each, it holds on to nothing else', async () => {
    const argv = ['sh', '-c', 'while :; do printf x; printf y >&2; done'];
    const { grew, ended } = await floods({ how: 'run', argv, limitMs: 2_000 });
    expect(ended).toMatch(/^time-out: /);
    expect(grew).toBeLessThan(bound);
  });

  it('a reading that is too long is ended at once, and no part of it is taken for all', async () => {
    const { grew, ended } = await floods({
      how: 'read',
      argv: ['head', '-c', '999999999', '/dev/zero'],
      limitMs: 60_000,
    });
    expect(ended).toBe(`too-much-output: ${instance}: head has more than 8388608 bytes to say: nothing of it is taken`);
    expect(grew).toBeLessThan(bound);
  });

  it('a long command is read back in constant memory, its beginning and its end', async () => {
    const argv = ['sh', '-c', 'echo begin; yes | head -c 200M; head -c 90000 /dev/zero; echo; echo end'];
    const { grew, ended, stdout, stderr } = await floods({ how: 'detached', argv, limitMs: 60_000 });
    expect(ended).toBe('exit 0');
    expect(stdout).toMatch(/^begin\ny\n.*\[201,416,\d{3} bytes of output are cut here\].*\nend\n$/s);
    expect(stderr).toMatch(/^…\0+ … undefined … .*\0\nend$/s);
    expect(grew).toBeLessThan(bound);
  });
});
