import { randomBytes } from 'node:crypto';
import { Halt, NotSent, Refused, Unknown } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import type { Detached, HostRef, ShellReader, ShellSessions, ShellWriter } from '#ports/shell.ts';
import type { Connection, SshTiming } from './connection.ts';
import type { HostSetting } from './guard-script.ts';
import type { OutputLimit } from './kept-output.ts';
import { lastLines } from './last-lines.ts';
import { checkReading, refuseSecretFile } from './reading-commands.ts';
import {
  detachedScript,
  fileLimit,
  fileScript,
  outputScript,
  readScript,
  runScript,
  startScript,
  writeScript,
} from './remote-script.ts';
import { sshSessions } from './ssh-sessions.ts';
import type { SshShellOptions } from './ssh-shell-options.ts';
import { firstLine, GuardListener, heed, type Judged } from './verdict.ts';

export type { NamedHost, SshShellOptions } from './ssh-shell-options.ts';

/**
 * The shell of hosts over SSH. Connections are kept per host and user; a dropped one is Unknown for what was in flight and
 * is made anew for the next command. What can't be reached is Refused `no-connection` (retry) for a change, as nothing was
 * sent, and Unknown for a reading.
 */
export function sshShell(options: SshShellOptions): ShellReader & ShellWriter & ShellSessions {
  const timing: SshTiming = { readyMs: 20_000, keepaliveMs: 5_000, commandMs: 30_000, ...options.timing };
  const sessions = sshSessions(options, timing);

  function settingOf(host: HostRef): HostSetting {
    if ('instance' in host)
      return { instance: host.instance, identity: options.identity, state: options.state ?? '/var/lib/ferry' };
    const named = options.hosts?.[host.host];
    return {
      instance: undefined,
      identity: undefined,
      state: named?.state ?? (named?.user === 'root' ? '/var/lib/ferry' : '.ferry'),
    };
  }

  function shellOf(host: HostRef): string {
    const direct = 'host' in host || (host.user ?? options.user) === 'root';
    return direct ? 'exec /bin/sh -s' : 'exec sudo -n /bin/sh -s';
  }

  async function connect(host: HostRef, send: Send | undefined): Promise<Connection> {
    try {
      return await sessions.connection(host);
    } catch (error) {
      if (send === undefined && error instanceof Refused && error.code === 'no-connection')
        throw new Unknown(error.code, error.message, { cause: error });
      // Where there is no host to connect to nothing was sent: that is certain, whoever decides about it.
      if (send !== undefined && error instanceof Halt)
        throw new Refused(error.code, error.message, { cause: error, retry: true });
      throw error;
    }
  }

  /** @param write the script with a nonce, given whether this connection has already asked the host who it is. */
  async function ask(
    host: HostRef,
    write: (nonce: string, identified: boolean) => string,
    limit: {
      readonly limitMs: number;
      readonly send?: Send;
      readonly output: OutputLimit;
      /** What would be cut of the output makes the answer worthless. */
      readonly whole?: string;
    },
  ): Promise<Judged> {
    const { send, limitMs, output, whole } = limit;
    const name = 'host' in host ? host.host : host.instance;
    if (send?.signal.aborted === true) throw new NotSent(`not sent: this process let go of it before it asked ${name}`);
    if (send !== undefined && send.now() >= send.sendBy) throw new NotSent();
    const open = await connect(host, send);
    if (send !== undefined && !open.identified) await prove(host, name);
    const nonce = `ferry-${randomBytes(9).toString('base64url')}`;
    const tooMuch = () =>
      new Refused(
        'too-much-output',
        `${name}: ${whole} has more than ${output.head} bytes to say: nothing of it is taken`,
      );
    const listener = new GuardListener(nonce, output, whole === undefined ? undefined : tooMuch);
    const code = await open.exec(shellOf(host), write(nonce, open.identified), { limitMs, send, listener });
    const answer = listener.judged(code);
    if (answer !== undefined) return heed(name, open, answer);
    const said = `${name}: the guard's word isn't in the answer${listener.said === '' ? '' : `: ${listener.said}`}`;
    // A profile that sends everything elsewhere takes the guard's word with it: that nothing is heard doesn't mean that
    // nothing ran.
    if (send !== undefined) throw new Unknown('no-guard', `${said}: whether the command ran isn't known`);
    throw new Refused('no-guard', `${said}: nothing was changed, and nothing is known of it`);
  }

  /**
   * Before the first change over a connection the guard must have been heard: a host that lets nothing run, or from which
   * nothing is heard, gets none.
   */
  async function prove(host: HostRef, name: string): Promise<void> {
    try {
      await ask(
        host,
        (nonce, identified) => readScript(settingOf(host), ['true'], { nonce, as: undefined, identified }),
        { limitMs: timing.readyMs, output: fileOutput },
      );
    } catch (error) {
      if (error instanceof Refused && error.code === 'no-guard')
        throw new Refused('no-guard', `${error.message}: nothing was run`, { cause: error });
      if (error instanceof Unknown)
        throw new Refused('no-answer', `${name} doesn't answer: nothing was run`, { cause: error, retry: true });
      throw error;
    }
  }

  const limitOf = (limitMs: number | undefined) => ({ limitMs: limitMs ?? timing.commandMs, output: fileOutput });

  return {
    async read(host, argv, { limitMs, as } = {}) {
      checkReading(argv, as);
      const answer = await ask(
        host,
        (nonce, identified) => readScript(settingOf(host), argv, { nonce, as, identified }),
        { ...limitOf(limitMs), output: readingOutput, whole: argv[0] ?? '' },
      );
      return textOf(answer);
    },

    async file(host, path) {
      refuseSecretFile(path);
      const answer = await ask(
        host,
        (nonce, identified) => fileScript(settingOf(host), path, { nonce, identified }),
        limitOf(undefined),
      );
      if (answer.verdict === 'absent') return undefined;
      if (answer.verdict !== 'ok' || answer.code !== 0)
        throw new Refused('unreadable', `${path}: it is there and can't be read as a file`);
      if (answer.stdout.length > fileLimit) throw new Refused('too-long', `${path}: it is longer than 1 MiB`);
      return answer.stdout.toString('utf8');
    },

    async detached(host, run, key) {
      const answer = await ask(
        host,
        (nonce, identified) => detachedScript(settingOf(host), run, key, { nonce, identified }),
        limitOf(undefined),
      );
      return detachedOf(answer);
    },

    async output(host, run, key, fromByte) {
      const answer = await ask(
        host,
        (nonce, identified) => outputScript(settingOf(host), run, key, fromByte, { nonce, identified }),
        limitOf(undefined),
      );
      const whole = wholeCharacters(answer.stdout);
      const size = Number(answer.detail);
      return {
        text: whole.toString('utf8'),
        next: fromByte + whole.length,
        size: Number.isSafeInteger(size) ? size : 0,
      };
    },

    async run(host, argv, send, { limitMs, as, stdin } = {}) {
      const write = (nonce: string) => runScript(settingOf(host), send, argv, { nonce, as, stdin });
      write('check');
      return textOf(await ask(host, write, { ...limitOf(limitMs), output: changeOutput, send }));
    },

    async start(host, argv, send, { as } = {}) {
      const write = (nonce: string) => startScript(settingOf(host), send, argv, { nonce, as });
      write('check');
      const answer = await ask(host, write, { ...limitOf(undefined), send });
      if (answer.verdict !== 'ok' || answer.code !== 0)
        throw new Unknown('not-started', `the start of ${argv[0]} wasn't confirmed`);
    },

    async write(host, path, content, send, { mode = '0644' } = {}) {
      // What was read of a file that isn't UTF-8 has this in the place of bytes that would be lost.
      if (content.includes('\ufffd'))
        throw new Refused(
          'not-text',
          `${path}: its text isn't whole UTF-8: replacing it would damage it, it is as it was`,
        );
      const write = (nonce: string) => writeScript(settingOf(host), send, path, content, { nonce, mode });
      write('check');
      const answer = await ask(host, write, { ...limitOf(undefined), send });
      if (answer.verdict !== 'ok' || answer.code !== 0)
        throw new Refused(
          'unwritable',
          `${path} can't be replaced: ${firstLine(answer.stderr) || 'it is a folder, or its folder is missing'}: it is as it was`,
        );
    },

    close: host => sessions.close(host),
  };
}

/** A file, or a piece of output, is bounded on the host already. */
const fileOutput: OutputLimit = { head: fileLimit + 1, tail: 0 };
/** A reading that is longer is refused: what is left of it could be taken for all. */
const readingOutput: OutputLimit = { head: 8 * 1024 * 1024, tail: 0 };
/** What a change printed is for people: its beginning and its end. */
const changeOutput: OutputLimit = { head: 512 * 1024, tail: 512 * 1024 };

function textOf({ code, stdout, stderr }: Judged) {
  return { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

function detachedOf({ verdict, detail, stdout }: Judged): Detached {
  if (verdict === 'absent') return { is: 'absent' };
  const tail = lastLines(stdout);
  if (verdict === 'running') return { is: 'running', since: Number(detail) * 1000, tail };
  if (verdict === 'ended' && /^[0-9]+$/.test(detail)) return { is: 'ended', code: Number(detail), tail };
  if (verdict === 'lost') return { is: 'lost', tail };
  throw new Unknown('unreadable-state', 'the state of a long command could not be read: it is just being started');
}

/** Without the bytes of a character that isn't whole yet. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    // Other bytes begin no character: they are taken as they are, or nothing behind them would ever be read.
    const needs = byte > 0xf4 || byte < 0xc2 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needs > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
