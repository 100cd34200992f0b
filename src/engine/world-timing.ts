import type { LimitName } from './define-change.ts';

/** Times of the world, ms. On the simulator they are divided by its speed. */
export interface WorldTiming {
  /** Between two looks. */
  readonly poll: number;
  /** How long a request that left may take to have its effect: waited for after a crash or a lost reply. */
  readonly reply: number;
  /** First pause after a refusal that may be retried; doubles each time. */
  readonly backoff: number;
  /** One odd reading is no fact: how long, and at least three times, it must be seen before a person is called for it. */
  readonly doubt: number;
  /** How often a refused change is sent before it halts. */
  readonly attempts: number;
  readonly limits: Readonly<Record<LimitName, number>>;
}

/**
 * How long to pause before the next look, ms: a sixth of what was waited for so far, between a tenth of `poll` and `poll`.
 * What takes seconds is seen at once when it is there, and what takes minutes isn't asked for all the time.
 */
export function pauseAfter(waited: number, { poll }: Pick<WorldTiming, 'poll'>): number {
  return Math.min(poll, Math.max(poll / 10, waited / 6));
}
