import type { Clock } from '#ports/clock.ts';
import { isRefusedForGood } from './post-surely.ts';

interface Item {
  busy: boolean;
  failures: number;
  retryAt: number;
  /** The last failure was a refusal for good: only time, or somebody who lets us in, mends it. */
  refused: boolean;
}

/** What is refused for good is tried again now and then all the same: somebody may have let us in, ms. */
const refusedAgain = 10 * 60_000;

/** Things to be done each by itself: one at a time of each, and after a failure again with growing pauses. */
export class Items {
  readonly #clock: Clock;
  readonly #onTrouble: (item: string, error: unknown, failures: number) => void;
  readonly #items = new Map<string, Item>();

  constructor(clock: Clock, onTrouble: (item: string, error: unknown, failures: number) => void) {
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  /** Whether something is under way or has failed. */
  get owes(): boolean {
    return this.#items.size > 0;
  }

  hasFailed(id: string): boolean {
    return (this.#items.get(id)?.failures ?? 0) > 0;
  }

  /** What failed is due at once. */
  dueNow(): void {
    for (const item of this.#items.values()) item.retryAt = 0;
  }

  /**
   * As soon as one of these is due, all that failed for the time being are: what follows each other is tried in its order, and
   * nothing new overtakes what couldn't be done while the network was away. What was refused for good is waited for by nobody.
   */
  dueTogether(ids: readonly string[]): void {
    const items = ids.map(id => this.#items.get(id));
    const now = this.#clock.now();
    if (!items.some(item => item === undefined || (!item.busy && item.retryAt <= now))) return;
    for (const item of items) if (item !== undefined && !item.refused) item.retryAt = 0;
  }

  /**
   * Begins a thing unless it is under way, or failed a short while ago.
   *
   * @param act given how often it has failed so far.
   * @returns whether it was done, once that is known; undefined when it wasn't begun.
   */
  begin(id: string, act: (failures: number) => Promise<void>): Promise<boolean> | undefined {
    const item = this.#items.get(id) ?? { busy: false, failures: 0, retryAt: 0, refused: false };
    if (item.busy || item.retryAt > this.#clock.now()) return undefined;
    item.busy = true;
    this.#items.set(id, item);
    return act(item.failures).then(
      () => {
        this.#items.delete(id);
        return true;
      },
      error => {
        item.busy = false;
        item.failures += 1;
        item.refused = isRefusedForGood(error);
        const pause = item.refused ? refusedAgain : backoff(item.failures);
        item.retryAt = this.#clock.now() + pause;
        this.#onTrouble(id, error, item.failures);
        return false;
      },
    );
  }
}

/** 1 s, 2 s, 4 s … at most a minute. */
export function backoff(failures: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(6, failures - 1));
}
