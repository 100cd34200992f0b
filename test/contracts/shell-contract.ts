import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotSent, Refused, Unknown } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import type { Detached, HostRef, ShellReader, ShellSessions, ShellWriter } from '#ports/shell.ts';

export type Shell = ShellReader & ShellWriter & ShellSessions;

/** What the suite needs of a host that the adapter talks to. */
export interface ShellHarness {
  /** A new adapter with its own connections; `cut` breaks those of all adapters that were made. */
  shell(options?: ShellVariant): Shell;
  /** The host, and its id as it says itself. */
  readonly host: HostRef & { readonly instance: string };
  /** Another instance id that leads to the same address and has the same keys. */
  readonly impostor: HostRef & { readonly instance: string };
  /** An ordinary user of the host. */
  readonly user: string;
  /** An existing folder on the host that the suite may fill. */
  readonly folder: string;
  /** Where the host keeps the bot's runs. */
  readonly state: string;
  /** Runs a line of shell on the host as root, behind the adapter's back. */
  onHost(line: string): Promise<string>;
  /** Breaks every connection to the host at once, without a word. */
  cut(): void;
  /** Arguments for a client process of its own: see `shell-client.ts`. */
  readonly client: ShellClient;
  stop(): Promise<void>;
}

export interface ShellVariant {
  readonly keys?: readonly string[];
  readonly commandMs?: number;
}

/** Everything that a process of its own needs to make an adapter, as JSON. */
export interface ShellClient {
  readonly keyFile: string;
  readonly keys: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly identity?: readonly string[];
  readonly state: string;
  readonly instance: string;
}

const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGl0IGlzIG5vdCB0aGUga2V5IG9mIGFueSBob3N0ISEh';

/** Facts of the shell port that hold on every host. */
export function shellContract(name: string, start: () => Promise<ShellHarness>): void {
  describe(`the shell of ${name}`, () => {
    let harness: ShellHarness;
    let shell: Shell;
    let run = '';
    let runs = 0;
    let keys = 0;

    beforeAll(async () => {
      harness = await start();
    });
    afterAll(async () => {
      await harness?.stop();
    });
    beforeEach(() => {
      shell = harness.shell();
      runs += 1;
      run = `run-${runs}`;
    });
    afterEach(async () => {
      await shell.close();
    });

    const send = (change: Partial<Send> = {}): Send => {
      keys += 1;
      const now = () => Date.now();
      return {
        run,
        key: `${run}.k${keys}.1`,
        lease: 1,
        sendBy: now() + 30_000,
        now,
        signal: new AbortController().signal,
        ...change,
      };
    };
    const file = (base: string) => `${harness.folder}/${run}-${base}`;
    const refusedWith = async (made: Promise<unknown>, code: string) => {
      const error = await made.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Refused);
      expect((error as Refused).code).toBe(code);
      return error as Refused;
    };
    const ended = async (key: string): Promise<Detached> =>
      vi.waitFor(
        async () => {
          const found = await shell.detached(harness.host, run, key);
          expect(found.is).toBe('ended');
          return found;
        },
        { timeout: 10_000, interval: 50 },
      );

    describe('reading', () => {
      it("gives the program's output and exit status; a status other than zero is no error", async () => {
        expect(await shell.read(harness.host, ['test', '-d', harness.folder])).toEqual({
          code: 0,
          stdout: '',
          stderr: '',
        });
        expect((await shell.read(harness.host, ['test', '-d', file('nowhere')])).code).toBe(1);
        expect((await shell.read(harness.host, ['uname', '-s'])).stdout).toBe('Linux\n');
      });

      it('hands every argument over as it is', async () => {
        const odd = file(`it's "a" $(touch evil) ; touch evil & | * ü`);
        await shell.write(harness.host, odd, 'x', send());
        expect((await shell.read(harness.host, ['test', '-f', odd])).code).toBe(0);
        expect(await harness.onHost('ls evil /root/evil /evil 2>/dev/null || true')).toBe('');
      });

      it('runs nothing that is not on the list, and names the argument', async () => {
        const error = await refusedWith(
          shell.read(harness.host, ['mdadm', '--stop', '/dev/md0']),
          'not-a-reading-command',
        );
        expect(error.message).toContain('--stop');
      });

      it('gives a whole file, undefined where there is none, and refuses a folder', async () => {
        await shell.write(harness.host, file('text'), 'one\nzwölf\n\n', send());
        expect(await shell.file(harness.host, file('text'))).toBe('one\nzwölf\n\n');
        expect(await shell.file(harness.host, file('none'))).toBeUndefined();
        await refusedWith(shell.file(harness.host, harness.folder), 'unreadable');
      });

      it('knows no command of a key that was never started', async () => {
        expect(await shell.detached(harness.host, run, 'never.1')).toEqual({ is: 'absent' });
      });

      it('takes eight commands at once over one connection', async () => {
        const all = await Promise.all(Array.from({ length: 8 }, () => shell.read(harness.host, ['uname', '-s'])));
        expect(all.every(one => one.stdout === 'Linux\n')).toBe(true);
      });
    });

    describe('identity', () => {
      it('a host that says another instance id is refused, for readings and for changes', async () => {
        await refusedWith(shell.read(harness.impostor, ['true']), 'wrong-host');
        await refusedWith(shell.run(harness.impostor, ['touch', file('wrong')], send()), 'wrong-host');
        await refusedWith(shell.start(harness.impostor, ['touch', file('wrong')], send()), 'wrong-host');
        await refusedWith(shell.write(harness.impostor, file('wrong'), 'x', send()), 'wrong-host');
        expect(await shell.file(harness.host, file('wrong'))).toBeUndefined();
      });

      it('a host key that differs from the pinned one is refused before anything is sent', async () => {
        const other = harness.shell({ keys: [otherKey] });
        await refusedWith(other.run(harness.host, ['touch', file('key')], send()), 'host-key-differs');
        await other.close();
        expect(await shell.file(harness.host, file('key'))).toBeUndefined();
      });

      it('a host without a pinned key is refused', async () => {
        const none = harness.shell({ keys: [] });
        await refusedWith(none.read(harness.host, ['true']), 'host-key-unknown');
        await none.close();
      });
    });

    describe('a short command', () => {
      it('runs, with its standard input, and tells how it ended', async () => {
        const said = await shell.run(harness.host, ['sh', '-c', 'cat; echo bad >&2; exit 7'], send(), {
          stdin: "it's\n",
        });
        expect(said).toEqual({ code: 7, stdout: "it's\n", stderr: 'bad\n' });
      });

      it('has an empty standard input unless one is given', async () => {
        expect((await shell.run(harness.host, ['cat'], send())).stdout).toBe('');
      });

      it('runs as another user', async () => {
        expect((await shell.run(harness.host, ['whoami'], send(), { as: harness.user })).stdout.trim()).toBe(
          harness.user,
        );
      });

      it('is not sent once its time is over, or its signal fired', async () => {
        const late = shell.run(harness.host, ['touch', file('late')], send({ sendBy: Date.now() - 1 }));
        await expect(late).rejects.toBeInstanceOf(NotSent);
        const stopped = shell.run(harness.host, ['touch', file('late')], send({ signal: AbortSignal.abort() }));
        await expect(stopped).rejects.toBeInstanceOf(NotSent);
        expect(await shell.file(harness.host, file('late'))).toBeUndefined();
      });

      it('is not sent when its time ends while the connection is being made', async () => {
        let asked = 0;
        // The first question is put before connecting, the one that counts at the write.
        const now = () => (asked++ === 0 ? 0 : 10_000);
        const made = shell.run(harness.host, ['touch', file('slow')], send({ now, sendBy: 5_000 }));
        await expect(made).rejects.toBeInstanceOf(NotSent);
        expect(await shell.file(harness.host, file('slow'))).toBeUndefined();
      });

      it('whose limit passes is unknown', async () => {
        const made = shell.run(harness.host, ['sleep', '3'], send(), { limitMs: 150 });
        await expect(made).rejects.toMatchObject({ code: 'time-out' });
        await expect(made).rejects.toBeInstanceOf(Unknown);
      });

      it('whose connection drops is unknown, though it took effect; the next command connects anew', async () => {
        const made = shell.run(harness.host, ['sh', '-c', `touch ${file('effect')}; sleep 2`], send());
        made.catch(() => {});
        await vi.waitFor(
          async () => expect(await harness.onHost(`ls ${file('effect')} 2>/dev/null || true`)).toContain('effect'),
          { timeout: 10_000 },
        );
        harness.cut();
        await expect(made).rejects.toBeInstanceOf(Unknown);
        expect((await shell.read(harness.host, ['test', '-f', file('effect')])).code).toBe(0);
      });
    });

    describe('the lease', () => {
      it('a lower number than one that the host has seen of this run is refused, whatever it would do', async () => {
        expect((await shell.run(harness.host, ['true'], send({ lease: 5 }))).code).toBe(0);
        await refusedWith(shell.run(harness.host, ['touch', file('old')], send({ lease: 4 })), 'older-lease');
        await refusedWith(shell.start(harness.host, ['touch', file('old')], send({ lease: 4 })), 'older-lease');
        await refusedWith(shell.write(harness.host, file('old'), 'x', send({ lease: 4 })), 'older-lease');
        expect((await shell.run(harness.host, ['true'], send({ lease: 5 }))).code).toBe(0);
        expect(await shell.file(harness.host, file('old'))).toBeUndefined();
      });

      it('is kept by run: another run begins at its own number', async () => {
        await shell.run(harness.host, ['true'], send({ lease: 9 }));
        expect((await shell.run(harness.host, ['true'], send({ run: `${run}-other`, lease: 1 }))).code).toBe(0);
      });

      it('a newer one waits until the commands of the older one have ended', async () => {
        const older = shell.run(
          harness.host,
          ['sh', '-c', `sleep 1; echo older >>${file('order')}`],
          send({ lease: 1 }),
        );
        await vi.waitFor(
          async () =>
            expect(await harness.onHost(`cat ${harness.state}/${run}/lease 2>/dev/null || true`)).toContain('1'),
          { timeout: 10_000 },
        );
        const newer = shell.run(harness.host, ['sh', '-c', `echo newer >>${file('order')}`], send({ lease: 2 }));
        await Promise.all([older, newer]);
        expect(await shell.file(harness.host, file('order'))).toBe('older\nnewer\n');
      });

      it('six commands of the same one run side by side', async () => {
        // Each of them waits for all the others: one after the other none would end.
        const marks = [1, 2, 3, 4, 5, 6].map(nth => file(`beside-${nth}`));
        const all = marks.map(mark => `[ -e ${mark} ]`).join(' && ');
        const meets = (mark: string) => `touch ${mark}; until ${all}; do sleep 0.1; done`;
        await Promise.all(marks.map(mark => shell.run(harness.host, ['sh', '-c', meets(mark)], send())));
      });
    });

    describe('a long command', () => {
      it('runs on by itself, and is seen running, then ended with its status and last lines', async () => {
        const by = send();
        await shell.start(harness.host, ['sh', '-c', 'echo eins; sleep 1; echo zwölf >&2; exit 3'], by);
        await shell.close();
        expect(await shell.detached(harness.host, run, by.key)).toMatchObject({
          is: 'running',
          since: expect.any(Number),
        });
        expect(await ended(by.key)).toEqual({ is: 'ended', code: 3, tail: ['eins', 'zwölf'] });
      });

      it("is found by its run's uid, which is in its command line", async () => {
        const found = () => shell.read(harness.host, ['pgrep', '-f', `/${run}/`]);
        expect((await found()).code).toBe(1);
        await shell.start(harness.host, ['sleep', '5'], send());
        expect((await found()).code).toBe(0);
      });

      it('gives its output from a byte on, never half a character', async () => {
        const by = send();
        await shell.start(harness.host, ['printf', 'ein\\nzwölf\\n'], by);
        await ended(by.key);
        expect(await shell.output(harness.host, run, by.key, 0)).toEqual({ text: 'ein\nzwölf\n', next: 11, size: 11 });
        expect(await shell.output(harness.host, run, by.key, 4)).toEqual({ text: 'zwölf\n', next: 11, size: 11 });
        expect(await shell.output(harness.host, run, by.key, 11)).toEqual({ text: '', next: 11, size: 11 });
      });

      it('has at most its last 50 lines shown', async () => {
        const by = send();
        await shell.start(harness.host, ['seq', '1', '80'], by);
        const found = await ended(by.key);
        expect(found).toMatchObject({ tail: Array.from({ length: 50 }, (_, nth) => String(nth + 31)) });
      });

      it('started twice by one key is started once, at the same time and later', async () => {
        const by = send();
        const argv = ['sh', '-c', `echo x >>${file('once')}; sleep 0.3`];
        await Promise.all([shell.start(harness.host, argv, by), shell.start(harness.host, argv, by)]);
        await shell.start(harness.host, argv, by);
        await ended(by.key);
        await shell.start(harness.host, argv, by);
        expect(await shell.file(harness.host, file('once'))).toBe('x\n');
      });

      it('of another key is another one', async () => {
        const argv = ['sh', '-c', `echo x >>${file('two')}`];
        const [one, two] = [send(), send()];
        await shell.start(harness.host, argv, one);
        await shell.start(harness.host, argv, two);
        await ended(one.key);
        await ended(two.key);
        expect(await shell.file(harness.host, file('two'))).toBe('x\nx\n');
      });

      it('that was killed is lost', async () => {
        const by = send();
        await shell.start(harness.host, ['sleep', '30'], by);
        expect((await shell.detached(harness.host, run, by.key)).is).toBe('running');
        await harness.onHost(`kill -9 $(cut -d ' ' -f 1 ${harness.state}/${run}/${by.key}/pid)`);
        await vi.waitFor(async () => expect((await shell.detached(harness.host, run, by.key)).is).toBe('lost'), {
          timeout: 5_000,
        });
      });

      it("isn't taken for running when its process id is another process's by now", async () => {
        const by = send();
        await shell.start(harness.host, ['sleep', '10'], by);
        expect((await shell.detached(harness.host, run, by.key)).is).toBe('running');
        const pid = `${harness.state}/${run}/${by.key}/pid`;
        await harness.onHost(`sed -i 's/^\\([0-9]*\\) [0-9]*/\\1 1/' ${pid}`);
        expect((await shell.detached(harness.host, run, by.key)).is).toBe('lost');
      });

      it("isn't taken for running after a reboot", async () => {
        const by = send();
        await shell.start(harness.host, ['sleep', '10'], by);
        expect((await shell.detached(harness.host, run, by.key)).is).toBe('running');
        await harness.onHost(`sed -i 's/ [^ ]*$/ 00000000-another-boot/' ${harness.state}/${run}/${by.key}/pid`);
        expect((await shell.detached(harness.host, run, by.key)).is).toBe('lost');
      });

      it('that was claimed and never started is lost', async () => {
        const by = send();
        const claim = `${harness.state}/${run}/${by.key}`;
        await harness.onHost(`mkdir -p ${claim}; : >>${claim}.lock`);
        expect(await shell.detached(harness.host, run, by.key)).toEqual({ is: 'lost', tail: [] });
        await shell.start(harness.host, ['touch', file('claimed')], by);
        expect(await shell.file(harness.host, file('claimed'))).toBeUndefined();
      });

      it('outlives a client that is killed at any moment, and runs at most once', async () => {
        for (const afterMs of [0, 30, 80, 150, undefined]) {
          const by = send();
          const out = file(`killed-${afterMs}`);
          const client = startClient(harness.client, {
            run,
            key: by.key,
            argv: ['sh', '-c', `echo x >>${out}; sleep 0.4`],
          });
          await said(client, 'sending');
          if (afterMs === undefined) await said(client, 'started');
          else await new Promise(resolve => setTimeout(resolve, afterMs));
          client.kill('SIGKILL');
          await once(client, 'exit');
          await vi.waitFor(
            async () => expect((await shell.detached(harness.host, run, by.key)).is).not.toBe('running'),
            { timeout: 8_000, interval: 50 },
          );
          const found = await shell.detached(harness.host, run, by.key);
          if (afterMs === undefined) expect(found).toEqual({ is: 'ended', code: 0, tail: [] });
          // Whoever comes back sends the same key again: the sum is one.
          await shell.start(harness.host, ['sh', '-c', `echo x >>${out}`], { ...by, sendBy: Date.now() + 30_000 });
          await vi.waitFor(async () => expect((await shell.detached(harness.host, run, by.key)).is).toBe('ended'), {
            timeout: 8_000,
          });
          expect(await shell.file(harness.host, out)).toBe('x\n');
        }
      }, 60_000);
    });

    describe('a file', () => {
      it('is made with its mode, and keeps that of the one before', async () => {
        await shell.write(harness.host, file('mode'), 'a', send(), { mode: '0640' });
        expect((await shell.read(harness.host, ['stat', '-c', '%a', file('mode')])).stdout).toBe('640\n');
        await shell.write(harness.host, file('mode'), 'b', send(), { mode: '0600' });
        expect((await shell.read(harness.host, ['stat', '-c', '%a', file('mode')])).stdout).toBe('640\n');
        expect(await shell.file(harness.host, file('mode'))).toBe('b');
      });

      it('behind a link is replaced, and the link stays', async () => {
        await shell.write(harness.host, file('target'), 'a', send());
        await harness.onHost(`ln -s ${file('target')} ${file('link')}`);
        await shell.write(harness.host, file('link'), 'b', send());
        expect(await shell.file(harness.host, file('target'))).toBe('b');
        expect((await shell.read(harness.host, ['readlink', file('link')])).stdout.trim()).toBe(file('target'));
      });

      it('keeps every character', async () => {
        const text = `quote ' and "both" \\n $HOME \`id\` %s\n\ttab\n  ü 漢字 🙂\nno line end`;
        await shell.write(harness.host, file('characters'), text, send());
        expect(await shell.file(harness.host, file('characters'))).toBe(text);
      });

      it('of three hundred kilobytes goes over whole', async () => {
        const text = `${"it's a line of forty characters or more\n".repeat(8_000)}`;
        await shell.write(harness.host, file('large'), text, send());
        expect(await shell.file(harness.host, file('large'))).toBe(text);
      });

      it('that can not be written is refused, and nothing is left behind', async () => {
        await refusedWith(shell.write(harness.host, harness.folder, 'x', send()), 'unwritable');
        await refusedWith(shell.write(harness.host, 'relative/path', 'x', send()), 'bad-path');
        await refusedWith(shell.write(harness.host, file('nul'), 'a\0b', send()), 'nul-in-argument');
      });
    });
  });
}

function startClient(client: ShellClient, job: { run: string; key: string; argv: readonly string[] }): ChildProcess {
  const script = join(import.meta.dirname, 'shell-client.ts');
  return spawn(process.execPath, [script, JSON.stringify({ ...client, ...job })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function said(client: ChildProcess, word: string): Promise<void> {
  const heard = (client as ChildProcess & { heard?: string }).heard ?? '';
  if (heard.includes(word)) return;
  await new Promise<void>((resolve, reject) => {
    let text = heard;
    client.stdout?.on('data', chunk => {
      text += String(chunk);
      (client as ChildProcess & { heard?: string }).heard = text;
      if (text.includes(word)) resolve();
    });
    client.once('exit', () => reject(new Error(`the client ended before it said "${word}"`)));
  });
}
