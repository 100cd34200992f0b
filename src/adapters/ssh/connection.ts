import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Duplex, Readable, type Writable } from 'node:stream';
import { type Config, NodeSSH } from 'node-ssh';
import type { ClientChannel } from 'ssh2';
import { FerryError, NotSent, Refused, Unknown } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import type { HostKeys } from '#ports/shell.ts';
import { Channels } from './channels.ts';
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

type Serverhostkey = NonNullable<NonNullable<Config['algorithms']>['serverHostKey']>;

/** Takes what a remote shell prints, piece by piece: nothing of it is kept here. What it throws ends the wait. */
export interface Listener {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** How a script is run, and who hears what it says. */
interface Command {
  readonly limitMs: number;
  readonly send?: Send | undefined;
  readonly listener: Listener;
}

/** The server opened no channel: nothing was run. */
class ChannelRefused extends Error {}

/** One SSH connection: scripts go to a shell's standard input, so that the very last byte is the one that starts them. */
export class Connection {
  readonly endpoint: Endpoint;
  /** Whether the host has said over this connection that it is the instance. */
  identified = false;
  #alive = true;
  #ssh: NodeSSH;
  #below: readonly Writable[];
  readonly #onGone = new Set<() => void>();
  readonly #channels = new Channels();
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

  /** Calls back once the connection is gone, also when it already is. @returns takes the callback back. */
  onGone(act: () => void): () => void {
    if (this.#alive) this.#onGone.add(act);
    else act();
    return () => this.#onGone.delete(act);
  }

  #gone(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const act of [...this.#onGone]) act();
    this.#onGone.clear();
  }

  /**
   * @param through a connection to a jump host; the target's key is checked end to end all the same.
   * @throws Refused `host-key-unknown`; `host-key-differs`, `login-refused`, `no-connection` (retry).
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
          // Its address may have been described from before it moved; it is described anew for the next connection.
          { cause, retry: true },
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

  /**
   * Starts a program on a channel of its own. node-ssh's own way keeps every byte that comes.
   *
   * @returns its exit status, once the channel is closed; null where none came.
   */
  #start(command: string, opened: (channel: ClientChannel) => void): Promise<number | null> {
    return new Promise((resolve, reject) => {
      const { connection } = this.#ssh;
      if (connection === null) throw new Error('not connected');
      connection.exec(command, (error, channel) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        let status: number | null = null;
        channel.on('error', () => {});
        channel.on('exit', (code: number | null) => {
          status = code ?? null;
        });
        channel.on('close', () => resolve(status));
        opened(channel);
      });
    });
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
   * @returns the exit status.
   * @throws NotSent the script didn't leave, or not whole.
   * @throws Refused `no-channel` (retry) the server opens none: nothing was run. The connection is closed.
   * @throws Unknown it left, and no exit status came back; or a reading's time was over before there was a channel.
   */
  async exec(shell: string, script: string, options: Command): Promise<number> {
    for (;;) {
      const release = await this.#turn(options);
      try {
        const code = await this.#run(shell, script, options);
        this.#channels.opened();
        return code;
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
        // Certain to have run nothing: where another of ours is open its end makes room.
        if (this.#channels.taken <= 1) {
          this.close();
          const sentence = `${this.endpoint.name} opens no channel over a connection without one: nothing was run`;
          throw new Refused('no-channel', sentence, { cause: error, retry: true });
        }
        this.#channels.refused();
      } finally {
        release();
      }
    }
  }

  /** A channel of this connection, within the command's time. @returns gives it back. */
  async #turn({ limitMs, send }: Command): Promise<() => void> {
    const { name } = this.endpoint;
    const waited = new AbortController();
    const over = new Promise<never>((_, reject) => {
      const busy = () => `${this.#channels.taken} commands on ${name} held all channels of the connection`;
      const timer = setTimeout(
        () =>
          reject(
            send === undefined
              ? new Unknown('no-channel', `${name} wasn't asked: for ${Math.ceil(limitMs / 1000)} s ${busy()}`)
              : new NotSent(`not sent: ${busy()} until the time in which this process may send it had passed`),
          ),
        send === undefined ? limitMs : Math.max(0, send.sendBy - send.now()),
      );
      const aborted = () => reject(new NotSent(`not sent: this process let go of it while ${busy()}`));
      if (send?.signal.aborted === true) aborted();
      send?.signal.addEventListener('abort', aborted, { once: true });
      const gone = () => `the connection to ${name} dropped while it waited for a channel`;
      const stay = this.onGone(() =>
        reject(send === undefined ? new Unknown('connection-lost', gone()) : new NotSent(`not sent: ${gone()}`)),
      );
      waited.signal.addEventListener('abort', () => {
        stay();
        clearTimeout(timer);
        send?.signal.removeEventListener('abort', aborted);
      });
    });
    over.catch(() => {});
    try {
      return await this.#channels.turn(over);
    } finally {
      waited.abort();
    }
  }

  async #run(shell: string, script: string, options: Command): Promise<number> {
    const { send, limitMs, listener } = options;
    const { name } = this.endpoint;
    let written = false;
    let channel: ClientChannel | undefined;
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
    let giveUp: (error: unknown) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      giveUp = reject;
      const timer = setTimeout(
        () => reject(unknown('time-out', `no answer within ${Math.ceil(limitMs / 1000)} s`)),
        limitMs,
      );
      const aborted = () => reject(unknown('aborted', 'the wait was given up'));
      send?.signal.addEventListener('abort', aborted, { once: true });
      const stay = this.onGone(() => reject(unknown('connection-lost', 'the connection dropped')));
      ended.signal.addEventListener('abort', () => {
        stay();
        clearTimeout(timer);
        send?.signal.removeEventListener('abort', aborted);
      });
    });
    broken.catch(() => {});
    try {
      // What comes after the end of the wait is taken, so that it fills nothing, and thrown away.
      const hear = (take: (chunk: Buffer) => void) => (chunk: Buffer) => {
        if (ended.signal.aborted) return;
        try {
          take(chunk);
        } catch (error) {
          giveUp(error);
        }
      };
      const done = this.#start(shell, opened => {
        channel = opened;
        if (ended.signal.aborted) {
          opened.close();
          return;
        }
        opened.on(
          'data',
          hear(chunk => listener.stdout(chunk)),
        );
        opened.stderr.on(
          'data',
          hear(chunk => listener.stderr(chunk)),
        );
        gate.pipe(opened);
      });
      done.catch(() => {});
      const code = await Promise.race([done, broken]);
      if (cutOff || !written) throw notSent(name, cutOff, send);
      if (code === null) throw unknown('connection-lost', 'the connection dropped');
      return code;
    } catch (error) {
      if (error instanceof NotSent) throw error;
      if (!written && isRefusedChannel(error)) throw new ChannelRefused('no channel', { cause: error });
      if (cutOff || (!written && send !== undefined)) throw notSent(name, cutOff, send, error);
      if (error instanceof FerryError) throw error;
      throw new Unknown('connection-lost', `${name}: ${reason(error as Error)}`, { cause: error });
    } finally {
      ended.abort();
      clearTimeout(late);
      if (written) this.#sent -= 1;
      written = true;
      if (channel?.writableFinished !== true) gate.destroy();
      channel?.close();
    }
  }
}

function isRefusedChannel(error: unknown): boolean {
  return error instanceof Error && /Channel open failure/i.test(error.message);
}

/** Why a command didn't leave. */
function notSent(name: string, cutOff: boolean, send: Send | undefined, cause?: unknown): NotSent {
  const options = cause === undefined ? {} : { cause };
  if (cutOff) return new NotSent(`not sent: ${name} took it too slowly: it hadn't left whole in its time`, options);
  if (send?.signal.aborted === true)
    return new NotSent(`not sent: this process let go of it before ${name} was ready`, options);
  if (cause instanceof FerryError || cause instanceof Error) {
    return new NotSent(`not sent: the connection to ${name} failed before (${reason(cause)})`, options);
  }
  return new NotSent(
    `not sent: ${name} was ready only when the time in which this process may send it had passed`,
    options,
  );
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
