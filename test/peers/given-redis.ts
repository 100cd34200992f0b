import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { findRedisServer } from '#adapters/embedded-redis/find-server.ts';
import { freePort } from './sshd.ts';

/** A Redis that somebody else looks after, on a port, set as Ferry wants it; its data stays in the folder. */
export class GivenRedis {
  readonly url: string;
  readonly #argv: readonly string[];
  #server: ChildProcess | undefined;

  private constructor(port: number, argv: readonly string[]) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#argv = argv;
  }

  static async start(folder: string): Promise<GivenRedis> {
    const port = await freePort();
    const server = await findRedisServer(process.env.PATH ?? '', line => console.warn(line));
    const argv = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    argv.push('--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction');
    const given = new GivenRedis(port, [server, ...argv]);
    await given.comesBack();
    return given;
  }

  /** Starts it on what is on its disk, and waits until it answers. */
  async comesBack(): Promise<void> {
    const [program = '', ...argv] = this.#argv;
    const die = ['--pdeathsig', 'KILL', '--', program, ...argv];
    this.#server = spawn('setpriv', die, { stdio: 'ignore' });
    await this.does('PING');
  }

  /** kill -9. */
  async dies(): Promise<void> {
    const ended = this.ended;
    this.#server?.kill('SIGKILL');
    await ended;
  }

  /** Resolves once the server is gone. */
  get ended(): Promise<unknown> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
    return once(server, 'exit');
  }

  /** One command, by a client of its own. @throws what the server says. */
  async does(command: string, ...args: readonly string[]): Promise<unknown> {
    const client = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
    client.on('error', () => undefined);
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }
}
