import { z } from 'zod';
import { MatrixFailure } from './matrix-failure.ts';

/** How many events an account may send, as Synapse's `rc_message` counts. */
export const messageLimit = z.strictObject({ perSecond: z.number().positive(), burst: z.int().min(1) });

export type MessageLimit = z.infer<typeof messageLimit>;

interface Bucket {
  readonly limit: MessageLimit;
  filled: number;
  at: number;
}

/** What counts: whatever makes an event in a room, an edit, a reaction and a topic too. */
const counted: readonly string[] = ['send', 'redact', 'state'];

/** Limits of accounts; none unless told. A leaky bucket each, as in Synapse. */
export class MessageLimits {
  readonly #buckets = new Map<string, Bucket>();

  set(user: string, limit: MessageLimit): void {
    this.#buckets.set(user, { limit, filled: 0, at: Date.now() });
  }

  /** @throws MatrixFailure 429 with `retry_after_ms` when the account has to wait; that it asked costs nothing. */
  take(user: string, action: string): void {
    const bucket = this.#buckets.get(user);
    if (bucket === undefined || !counted.includes(action)) return;
    const { perSecond, burst } = bucket.limit;
    const now = Date.now();
    bucket.filled = Math.max(0, bucket.filled - ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    const over = bucket.filled + 1 - burst;
    if (over > 0) {
      const wait = Math.ceil((over / perSecond) * 1_000);
      throw new MatrixFailure(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: wait });
    }
    bucket.filled += 1;
  }
}
