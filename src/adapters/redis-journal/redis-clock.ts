import type { Redis } from 'ioredis';
import type { Clock } from '#ports/clock.ts';
import { keys } from './keys.ts';
import { time } from './lua/runs.ts';

/** How much faster than ours the store's clock may run before the next reply shows it: 0.5 ‰, as much as NTP slews. */
const drift = 0.0005;

/** setTimeout takes no more. */
const longest = 2 ** 31 - 1;

/** Store time, carried on by this process's monotonic clock and set right by each script's reply. */
export class StoreClock implements Clock {
  /** Key of the ms that store time is moved by; outside tests one that is never looked at. */
  readonly offsetKey: string;
  /** Store time minus monotonic time, ms: at least what it truly is. */
  #ahead = Number.NEGATIVE_INFINITY;
  #heardAt = 0;
  #last = 0;

  constructor(offsetKey: string = keys.unmoved) {
    this.offsetKey = offsetKey;
  }

  now(): number {
    this.#last = Math.max(this.#last, Math.ceil(performance.now() + this.#ahead));
    return this.#last;
  }

  /**
   * A reply said that it was `storeTime` at some moment between sending and now. Taken as if it had been at the sending:
   * so we are ahead of the store by at most the round trip, and never behind it. A slow reply doesn't push a better
   * estimate ahead, unless it proves that the store's clock was moved.
   *
   * @param storeTime ms. @param sentAt performance.now() before the request was sent.
   */
  heard(storeTime: number, sentAt: number): void {
    const receivedAt = performance.now();
    const most = storeTime - sentAt;
    const least = storeTime - receivedAt;
    const carried = this.#ahead + drift * (receivedAt - this.#heardAt);
    this.#ahead = carried < least ? most : Math.min(most, carried);
    this.#heardAt = receivedAt;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const end = performance.now() + ms;
      let timer: NodeJS.Timeout;
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const wait = () => {
        const left = end - performance.now();
        if (left > longest) {
          timer = setTimeout(wait, longest);
          return;
        }
        timer = setTimeout(
          () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
          Math.max(0, left),
        );
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      wait();
    });
  }
}

/** A clock that has heard the store's time once. Give it to `redisJournal`, whose replies keep it right. */
export async function redisClock(redis: Redis, offsetKey: string = keys.unmoved): Promise<StoreClock> {
  const clock = new StoreClock(offsetKey);
  const sentAt = performance.now();
  const reply = (await redis.eval(time, 1, offsetKey)) as readonly unknown[];
  clock.heard(Number(reply[0]) / 1000, sentAt);
  return clock;
}
