import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Channels } from '#adapters/ssh/channels.ts';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { sending } from '#test/builders/sending.ts';
import { type Sshd, sshdMissing, startSshd } from '#test/peers/sshd.ts';

const instance = 'i-0123456789abcdef0';
const missing = sshdMissing();
const never = new Promise<never>(() => {});

describe('turns at channels', () => {
  it('are given in their order, and no more than the server lets be open', async () => {
    const channels = new Channels();
    const first = await Promise.all(Array.from({ length: 8 }, () => channels.turn(never)));
    const order: number[] = [];
    const later = [1, 2].map(nth =>
      channels.turn(never).then(release => {
        order.push(nth);
        return release;
      }),
    );
    expect(channels.taken).toBe(8);
    first[3]?.();
    (await later[0])?.();
    (await later[1])?.();
    expect(order).toEqual([1, 2]);
    for (const release of first) release();
    expect(channels.taken).toBe(0);
  });

  it('are fewer once the server refused one', async () => {
    const channels = new Channels();
    const turns = await Promise.all([1, 2, 3].map(() => channels.turn(never)));
    channels.refused();
    turns[0]?.();
    let third = false;
    const waits = channels.turn(never).then(release => {
      third = true;
      return release;
    });
    expect(third).toBe(false);
    turns[1]?.();
    (await waits)();
    turns[2]?.();
    expect(channels.taken).toBe(0);
  });

  it('that nobody waits for any more are not lost', async () => {
    const channels = new Channels();
    const turns = await Promise.all(Array.from({ length: 8 }, () => channels.turn(never)));
    await expect(channels.turn(Promise.reject(new Error('late')))).rejects.toThrow('late');
    for (const release of turns) release();
    expect(channels.taken).toBe(0);
  });
});

describe.skipIf(missing !== undefined).each([
  ['its ten sessions', 10],
  ['two sessions only', 2],
])('a real sshd with %s', (_name, sessions) => {
  let sshd: Sshd;
  let folder: string;
  beforeAll(async () => {
    sshd = await startSshd(() => [`MaxSessions ${sessions}`]);
    folder = `${sshd.dir}/work`;
    mkdirSync(folder);
  });
  afterAll(() => sshd?.stop());
  const open = () =>
    sshShell({
      user: 'root',
      keyFile: sshd.keyFile,
      keyring: { keysOf: async () => [sshd.hostKey] },
      addressOf: async () => ({ address: '127.0.0.1', port: sshd.port }),
      identity: ['printf', instance],
      state: `${sshd.dir}/state`,
    });
  const host = { instance };
  const long = () => sending({ sendBy: Date.now() + 60_000 });
  /** Waits in a shell until a file is there. */
  const until = (file: string) => [
    'sh',
    '-c',
    `echo x >> "${folder}/begun"; while [ ! -e "$1" ]; do sleep 0.05; done`,
    'x',
    file,
  ];
  const begun = (name = 'begun') =>
    existsSync(`${folder}/${name}`) ? readFileSync(`${folder}/${name}`, 'utf8').length / 2 : 0;

  it('takes fourteen commands at once to one host, each once', { timeout: 120_000 }, async () => {
    const shell = open();
    const lines = Array.from({ length: 14 }, (_, nth) => `${nth}`);
    const argv = (nth: string) => ['sh', '-c', 'echo "$1" >> "$2"', 'x', nth, `${folder}/all`];
    const results = await Promise.all(lines.map(nth => shell.run(host, argv(nth), long())));
    expect(results.every(one => one.code === 0)).toBe(true);
    expect(readFileSync(`${folder}/all`, 'utf8').trim().split('\n').sort()).toEqual(lines.sort());
    const reads = await Promise.all(lines.map(() => shell.read(host, ['true'])));
    expect(reads.every(one => one.code === 0)).toBe(true);
    await shell.close();
  });

  it('says of a command that found no channel in its time why it was not sent, and it ran nothing', {
    timeout: 120_000,
  }, async () => {
    const shell = open();
    const go = `${folder}/go-${sessions}`;
    const held = Array.from({ length: sessions + 2 }, () => shell.run(host, until(go), long(), { limitMs: 60_000 }));
    await vi.waitFor(() => expect(begun()).toBeGreaterThanOrEqual(sessions > 2 ? 8 : 1), { timeout: 30_000 });
    const late = shell.run(host, ['touch', `${folder}/late-${sessions}`], sending({ sendBy: Date.now() + 300 }));
    await expect(late).rejects.toMatchObject({
      name: 'NotSent',
      message: expect.stringMatching(/not sent: \d+ commands on i-0123456789abcdef0 held all channels/),
    });
    writeFileSync(go, '');
    expect((await Promise.all(held)).every(one => one.code === 0)).toBe(true);
    expect(begun()).toBe(sessions + 2);
    expect(existsSync(`${folder}/late-${sessions}`)).toBe(false);
    await shell.close();
    execFileSync('rm', ['-f', `${folder}/begun`]);
  });
});
