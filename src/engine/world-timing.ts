import type { LimitName } from './define-change.ts';

/** Times of the world, ms. On the simulator they are divided by its speed. */
export interface WorldTiming {
  /** Between two looks. */
  readonly poll: number;
  /** How long a request that left may take to have its effect: waited for after a crash or a lost reply. */
  readonly reply: number;
  /** First pause after a refusal that may be retried; doubles each time. */
  readonly backoff: number;
  /** How often a refused change is sent before it halts. */
  readonly attempts: number;
  readonly limits: Readonly<Record<LimitName, number>>;
}
