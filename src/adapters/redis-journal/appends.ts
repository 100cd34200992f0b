import type { Redis } from 'ioredis';
import { keys } from './keys.ts';

/** Hears of appends by any process, over a connection of its own that is made when somebody first listens. */
export class Appends {
  readonly #redis: Redis;
  readonly #listeners = new Set<(run: string) => void>();
  #subscriber: Redis | undefined;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @returns how to stop. */
  listen(listener: (run: string) => void): () => void {
    // Each its own: the same function may be given twice.
    const own = (run: string) => listener(run);
    this.#listeners.add(own);
    this.#subscribe();
    return () => this.#listeners.delete(own);
  }

  #subscribe(): void {
    if (this.#subscriber !== undefined) return;
    const subscriber = this.#redis.duplicate({ maxRetriesPerRequest: null });
    this.#subscriber = subscriber;
    // It connects again by itself; what is missed meanwhile the sweeper finds.
    subscriber.on('error', () => {});
    subscriber.on('message', (_channel, run) => {
      for (const listener of [...this.#listeners]) listener(run);
    });
    subscriber.subscribe(keys.appended).catch(() => {});
  }

  close(): void {
    this.#listeners.clear();
    this.#subscriber?.disconnect();
    this.#subscriber = undefined;
  }
}
