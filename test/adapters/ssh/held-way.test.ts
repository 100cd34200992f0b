import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { NotSent, Unknown } from '#core/errors.ts';
import { cuttableProxy } from '#test/peers/cuttable-proxy.ts';
import { sshdMissing, startSshd } from '#test/peers/sshd.ts';
import { sending } from '../../builders/sending.ts';

const host = { instance: 'i-0123456789abcdef0' };
/** More than the kernels on both sides and the channel's window hold. */
const big = 'x'.repeat(6_000_000);

describe.skipIf(sshdMissing() !== undefined)('a way to a host on which bytes get stuck', () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>;
  let way: Awaited<ReturnType<typeof cuttableProxy>>;
  let shell: ReturnType<typeof sshShell>;
  beforeEach(async () => {
    sshd = await startSshd();
    way = await cuttableProxy(sshd.port);
    shell = sshShell({
      user: 'root',
      keyFile: sshd.keyFile,
      keyring: { keysOf: async () => [sshd.hostKey] },
      addressOf: async () => ({ address: '127.0.0.1', port: way.port }),
      identity: ['printf', host.instance],
      state: `${sshd.dir}/state`,
    });
    await shell.read(host, ['true']);
  });
  afterEach(async () => {
    await shell.close();
    await way.stop();
    await sshd.stop();
  });

  const fills = (name: string, sendBy: number) =>
    shell.run(host, ['sh', '-c', `cat > ${sshd.dir}/${name}`], sending({ sendBy }), { stdin: big });

  it('a command whose end has not left in time is cut off, and was not sent', async () => {
    way.holdAfter(200_000);
    await expect(fills('one', Date.now() + 2_000)).rejects.toBeInstanceOf(NotSent);
    expect(existsSync(`${sshd.dir}/one`)).toBe(false);
  });

  it('a command that runs already is never called not sent, though others got stuck behind it', async () => {
    const begun = `${sshd.dir}/begun`;
    const sendBy = Date.now() + 5_000;
    const first = shell.run(host, ['sh', '-c', `touch ${begun}; sleep 60`], sending({ sendBy }));
    first.catch(() => {});
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 4_000, interval: 20 });
    way.holdAfter(200_000);
    const stuck = Promise.allSettled(['a', 'b', 'c', 'd'].map(name => fills(name, sendBy + 60_000)));
    await expect(first).rejects.toBeInstanceOf(Unknown);
    await stuck;
  });
});
