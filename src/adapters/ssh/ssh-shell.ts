import { randomBytes } from 'node:crypto';
import { NotSent, Refused, Unknown } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import type { Detached, HostRef, ShellReader, ShellSessions, ShellWriter } from '#ports/shell.ts';
import type { Answer, Connection, SshTiming } from './connection.ts';
import type { HostSetting } from './guard-script.ts';
import { checkReading } from './reading-commands.ts';
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
import { firstLine, type Judged, judge } from './verdict.ts';

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

  async function ask(
    host: HostRef,
    write: (nonce: string, identified: boolean) => string,
    limit: { readonly limitMs: number; readonly send?: Send },
  ): Promise<Judged> {
    const { send } = limit;
    if (send !== undefined && (send.signal.aborted || send.now() >= send.sendBy)) throw new NotSent();
    const nonce = `ferry-${randomBytes(9).toString('base64url')}`;
    let open: Connection;
    try {
      open = await sessions.connection(host);
    } catch (error) {
      if (send === undefined && error instanceof Refused && error.code === 'no-connection')
        throw new Unknown(error.code, error.message, { cause: error });
      throw error;
    }
    const answer = await open.exec(shellOf(host), write(nonce, open.identified), limit);
    const name = 'host' in host ? host.host : host.instance;
    return judge(name, open, nonce, answer);
  }

  const limitOf = (limitMs: number | undefined) => ({ limitMs: limitMs ?? timing.commandMs });

  return {
    async read(host, argv, { limitMs, as } = {}) {
      checkReading(argv, as);
      const answer = await ask(
        host,
        (nonce, identified) => readScript(settingOf(host), argv, { nonce, as, identified }),
        limitOf(limitMs),
      );
      return textOf(answer);
    },

    async file(host, path) {
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
      return { text: whole.toString('utf8'), next: fromByte + whole.length };
    },

    async run(host, argv, send, { limitMs, as, stdin } = {}) {
      const write = (nonce: string) => runScript(settingOf(host), send, argv, { nonce, as, stdin });
      write('check');
      return textOf(await ask(host, write, { ...limitOf(limitMs), send }));
    },

    async start(host, argv, send, { as } = {}) {
      const write = (nonce: string) => startScript(settingOf(host), send, argv, { nonce, as });
      write('check');
      const answer = await ask(host, write, { ...limitOf(undefined), send });
      if (answer.verdict !== 'ok' || answer.code !== 0)
        throw new Unknown('not-started', `the start of ${argv[0]} wasn't confirmed`);
    },

    async write(host, path, content, send, { mode = '0644' } = {}) {
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

function textOf({ code, stdout, stderr }: Answer) {
  return { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

function detachedOf({ verdict, detail, stdout }: { verdict: string; detail: string; stdout: Buffer }): Detached {
  const tail = stdout.toString('utf8').split('\n').slice(-51);
  if (tail.at(-1) === '') tail.pop();
  if (verdict === 'absent') return { is: 'absent' };
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
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
