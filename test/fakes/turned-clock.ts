import type { Clock } from '#ports/clock.ts';

/** A clock that goes on only when the test turns it. */
export class TurnedClock implements Clock {
  #now: number;
  #sleepers: { until: number; wake: () => void }[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ until: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** Goes on by `ms`; whoever waited for that goes on too. */
  async turn(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#sleepers.filter(one => one.until <= this.#now);
    this.#sleepers = this.#sleepers.filter(one => one.until > this.#now);
    for (const one of due) one.wake();
    await new Promise(resolve => setImmediate(resolve));
  }
}
