import type { WorldTiming } from './world-timing.ts';

/** Replicas of AWS lag, and a host may be in the middle of something: so often an odd reading is seen before it counts. */
const least = 3;

/** Something else that is odd each time is flux; it counts in the end all the same. */
const mostChanges = 4 * least;

/**
 * Counts readings of the world that would call a person. One odd reading is no fact: it counts when nothing else was read
 * `least` times and as long as the time allows for doubt.
 */
export class OddReadings {
  readonly #span: number;
  readonly #pause: number;
  #what = '';
  #seen = 0;
  #since = 0;
  #changes = 0;

  /** @param span ms from the first odd reading to the one that counts. */
  constructor(timing: Pick<WorldTiming, 'poll'>, span: number) {
    this.#span = span;
    this.#pause = Math.min(timing.poll, span / (least - 1));
  }

  /** One more was read. @param what in words: another oddity is counted anew. @returns whether it counts now. */
  counts(now: number, what = ''): boolean {
    if (this.#seen === 0 || what !== this.#what) {
      this.#what = what;
      this.#since = now;
      this.#seen = 0;
      this.#changes += 1;
    }
    this.#seen += 1;
    return (this.#seen >= least && now - this.#since >= this.#span) || this.#changes >= mostChanges;
  }

  /** Something was read that isn't odd. */
  forget(): void {
    this.#changes = 0;
    this.#seen = 0;
  }

  /** How long to wait before the next reading, ms. */
  get pause(): number {
    return this.#pause;
  }
}
