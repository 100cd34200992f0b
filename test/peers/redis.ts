import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { type EmbeddedRedis, embeddedRedis } from '#adapters/embedded-redis/embedded-redis.ts';
import { findRedisServer } from '#adapters/embedded-redis/find-server.ts';
import { connectRedis } from '#adapters/redis-journal/connect-redis.ts';
import { keys } from '#adapters/redis-journal/keys.ts';

const path = process.env.PATH ?? '';

/** @returns why a Redis can't be had, or undefined. */
export async function missingRedis(): Promise<string | undefined> {
  try {
    await findRedisServer(path, line => console.warn(line));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A private Redis, started by the same code as in production. */
export class PrivateRedis {
  readonly folder: string;
  readonly #clients = new Set<Redis>();
  #server: EmbeddedRedis;

  private constructor(folder: string, server: EmbeddedRedis) {
    this.folder = folder;
    this.#server = server;
  }

  static async start(): Promise<PrivateRedis> {
    const folder = mkdtempSync(join(tmpdir(), 'ferry-redis-'));
    return new PrivateRedis(folder, await launch(folder));
  }

  get socket(): string {
    return this.#server.socket;
  }

  /** A client that is closed with the server. */
  client(socket = this.socket): Redis {
    const client = connectRedis(socket, () => {});
    this.#clients.add(client);
    return client;
  }

  /** kill -9, and up again on what was on the disk. */
  async killAndStart(meanwhile: () => void = () => {}): Promise<void> {
    await this.#server.stop();
    meanwhile();
    this.#server = await launch(this.folder);
  }

  /** A copy of the disk as it is now. */
  copy(): string {
    const copy = mkdtempSync(join(this.folder, 'copy-'));
    cpSync(join(this.folder, 'data'), copy, { recursive: true, filter: from => !from.endsWith('.sock') });
    return copy;
  }

  /** The server dies and comes back with an older disk, or an empty one. */
  async comeBackWith(copy: string | undefined): Promise<void> {
    await this.killAndStart(() => {
      const data = join(this.folder, 'data');
      rmSync(data, { recursive: true });
      if (copy !== undefined) cpSync(copy, data, { recursive: true });
    });
  }

  /** Moves store time ahead of the server's clock. */
  async advance(ms: number): Promise<void> {
    await this.client().incrby(keys.timeOffset, ms);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.#server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function launch(folder: string): Promise<EmbeddedRedis> {
  return embeddedRedis({ dir: join(folder, 'data'), path, say: line => console.warn(line) });
}
