import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Duplex, Readable, type Writable } from 'node:stream';
import { type Config, NodeSSH } from 'node-ssh';
import { NotSent, Refused, Unknown } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import type { HostKeys } from '#ports/shell.ts';
import { algorithmsOf, isPinned } from './host-key.ts';

/** All in ms. */
export interface SshTiming {
  /** From the first packet to the end of the login. */
  readonly readyMs: number;
  /** Three of these without an answer end a connection. */
  readonly keepaliveMs: number;
  /** How long a command may take unless told otherwise. */
  readonly commandMs: number;
}

export interface Endpoint {
  /** As a person knows it: an instance id or "batcave01". */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly keys: HostKeys;
  readonly privateKey: string;
}

/** What a remote shell answered to a script. */
export interface Answer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

type Serverhostkey = NonNullable<NonNullable<Config['algorithms']>['serverHostKey']>;

/** More output than this isn't kept: the limit of what one command may answer. */
const outputLimit = 16 * 1024 * 1024;

/** One SSH connection: scripts go to a shell's standard input, so that the very last byte is the one that starts them. */
export class Connection {
  readonly endpoint: Endpoint;
  /** Whether the host has said over this connection that it is the instance. */
  identified = false;
  #alive = true;
  #ssh: NodeSSH;
  #below: readonly Writable[];
  #onGone: (() => void)[] = [];
  /** Commands that were written and haven't ended. */
  #sent = 0;

  private constructor(endpoint: Endpoint, ssh: NodeSSH, below: readonly Writable[]) {
    this.endpoint = endpoint;
    this.#ssh = ssh;
    this.#below = below;
    ssh.connection?.on('error', () => this.#gone());
    ssh.connection?.on('close', () => this.#gone());
    ssh.connection?.on('end', () => this.#gone());
    if (ssh.connection === null) this.#gone();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Calls back once the connection is gone, also when it already is. */
  onGone(act: () => void): void {
    if (this.#alive) this.#onGone.push(act);
    else act();
  }

  #gone(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const act of this.#onGone.splice(0)) act();
  }

  /**
   * @param through a connection to a jump host; the target's key is checked end to end all the same.
   * @throws Refused `host-key-unknown`, `host-key-differs`, `login-refused`; `no-connection` (retry) otherwise.
   */
  static async open(endpoint: Endpoint, timing: SshTiming, through?: Connection): Promise<Connection> {
    const { name, user, keys } = endpoint;
    const serverHostKey = algorithmsOf(keys);
    if (serverHostKey.length === 0)
      throw new Refused('host-key-unknown', `no host key is pinned for ${name}: it can't be told from another host`);
    let differs = false;
    let socket: Duplex | undefined;
    try {
      socket = through === undefined ? await dial(endpoint, timing) : await through.#forward(endpoint);
      const ssh = new NodeSSH();
      await ssh.connect({
        sock: socket as Socket,
        username: user,
        privateKey: endpoint.privateKey,
        readyTimeout: timing.readyMs,
        keepaliveInterval: timing.keepaliveMs,
        keepaliveCountMax: 3,
        algorithms: { serverHostKey: [...serverHostKey] as Serverhostkey },
        hostVerifier: (key: Buffer) => {
          differs = !isPinned(keys, key);
          return !differs;
        },
      });
      return new Connection(endpoint, ssh, [socket, ...(through === undefined ? [] : through.#below)]);
    } catch (error) {
      socket?.destroy();
      if (error instanceof Refused) throw error;
      const cause = error as Error & { level?: string };
      if (differs || /no matching host key|Handshake failed: no matching host key format/i.test(cause.message))
        throw new Refused(
          'host-key-differs',
          `${name} at ${endpoint.address} presents a host key that isn't pinned: nothing was sent`,
          { cause },
        );
      if (cause.level === 'client-authentication')
        throw new Refused('login-refused', `${name} refuses to let ${user} in with the bot's key`, {
          cause,
          retry: true,
        });
      throw new Refused('no-connection', `${name} at ${endpoint.address} can't be reached: ${reason(cause)}`, {
        cause,
        retry: true,
      });
    }
  }

  async #forward({ address, port }: Endpoint): Promise<Duplex> {
    return this.#ssh.forwardOut('127.0.0.1', 0, address, port);
  }

  close(): void {
    this.#ssh.dispose();
    for (const stream of this.#below.slice(0, 1)) stream.destroy();
    this.#gone();
  }

  /** Bytes that this process still holds of what it wrote. */
  #waiting(channel: Writable | undefined): number {
    return (channel?.writableLength ?? 0) + this.#below.reduce((sum, stream) => sum + stream.writableLength, 0);
  }

  /**
   * Gives a script to a shell. With `send`, its time and signal are checked when the script is written; what hasn't left by
   * `sendBy` is cut off, with the whole connection, and a script without its end runs nothing.
   *
   * @throws NotSent the script didn't leave, or not whole.
   * @throws Unknown it left, and no exit status came back.
   */
  async exec(
    shell: string,
    script: string,
    options: { readonly limitMs: number; readonly send?: Send | undefined },
  ): Promise<Answer> {
    const { send, limitMs } = options;
    const { name } = this.endpoint;
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let kept = 0;
    const keep = (into: Buffer[]) => (chunk: Buffer) => {
      kept += chunk.length;
      if (kept <= outputLimit) into.push(chunk);
    };
    let written = false;
    let channel: (Writable & { close?: () => void }) | undefined;
    let late: ReturnType<typeof setTimeout> | undefined;
    let cutOff = false;
    const gate = new Readable({
      read: () => {
        if (written) return;
        if (send !== undefined && (send.signal.aborted || send.now() >= send.sendBy)) {
          gate.push(null);
          return;
        }
        written = true;
        gate.push(script);
        gate.push(null);
        this.#sent += 1;
        if (send !== undefined)
          late = setTimeout(() => {
            if (this.#waiting(channel) === 0) return;
            // What waits below may be another command's: then nobody knows whether this one's end has left.
            const alone = this.#sent === 1 && this.#below.length === 1;
            cutOff = alone || (channel?.writableLength ?? 0) > 0;
            this.close();
          }, send.sendBy - send.now());
      },
    });
    gate.on('error', () => {});
    const ended = new AbortController();
    const unknown = (code: string, why: string) =>
      new Unknown(code, `${name}: ${why}: whether the command ran isn't known`);
    const broken = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () => reject(unknown('time-out', `no answer within ${Math.ceil(limitMs / 1000)} s`)),
        limitMs,
      );
      const aborted = () => reject(unknown('aborted', 'the wait was given up'));
      send?.signal.addEventListener('abort', aborted, { once: true });
      this.onGone(() => reject(unknown('connection-lost', 'the connection dropped')));
      ended.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        send?.signal.removeEventListener('abort', aborted);
      });
    });
    broken.catch(() => {});
    try {
      const done = this.#ssh.execCommand(shell, {
        stdin: gate,
        noTrim: true,
        encoding: 'latin1',
        onChannel: opened => {
          channel = opened;
          opened.on('error', () => {});
        },
        onStdout: keep(stdout),
        onStderr: keep(stderr),
      });
      done.catch(() => {});
      const { code } = await Promise.race([done, broken]);
      if (cutOff || !written) throw new NotSent();
      if (code === null) throw unknown('connection-lost', 'the connection dropped');
      return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
    } catch (error) {
      if (error instanceof NotSent) throw error;
      if (cutOff || (!written && send !== undefined)) throw new NotSent(undefined, { cause: error });
      if (error instanceof Unknown) throw error;
      throw new Unknown('connection-lost', `${name}: ${reason(error as Error)}`, { cause: error });
    } finally {
      ended.abort();
      clearTimeout(late);
      if (written) this.#sent -= 1;
      written = true;
      if (channel?.writableFinished !== true) gate.destroy();
      channel?.close?.();
    }
  }
}

async function dial({ address, port }: Endpoint, timing: SshTiming): Promise<Socket> {
  const socket = connect({ host: address, port });
  // Otherwise each command waits 40 ms for an acknowledgement.
  socket.setNoDelay(true);
  socket.on('error', () => {});
  await once(socket, 'connect', { signal: AbortSignal.timeout(timing.readyMs) }).catch(error => {
    socket.destroy();
    throw error;
  });
  return socket;
}

/** A cause in a few words, without stack or key material. */
function reason(error: Error): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'it does not answer in time';
  const { code } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ETIMEDOUT: 'it does not answer in time',
    EHOSTUNREACH: 'no route to it',
    ENETUNREACH: 'no route to it',
    ECONNRESET: 'the connection dropped',
  };
  return (typeof code === 'string' ? known[code] : undefined) ?? error.message.split('\n', 1)[0] ?? 'unknown';
}
