/** A bucket that fills by one token in `every` ms, up to `burst`. */
interface Bucket {
  tokens: number;
  at: number;
}

interface Refill {
  readonly burst: number;
  readonly every: number;
}

/** To one account, and to all that may give no commands; a homeserver's default lets a bot say 12 things a minute. */
const ofOne: Refill = { burst: 3, every: 30_000 };
const ofAll: Refill = { burst: 6, every: 20_000 };

/** How often a room is told that the budget is used up, ms. */
const sayEvery = 10 * 60_000;

/** More accounts than this aren't told apart for long: the oldest ones are forgotten, whose bucket is full by then. */
const mostAccounts = 1_000;

/**
 * How much is answered to people who may give no commands, so that a flood of theirs neither uses up what the chat server
 * lets us say nor drowns the room. Pure but for what it remembers; takes `now`.
 */
export class AnswerBudget {
  readonly #accounts = new Map<string, Bucket>();
  readonly #all: Bucket = { tokens: ofAll.burst, at: 0 };
  readonly #said = new Map<string, number>();

  /** @returns what becomes of a question: an answer, the line that says why there is none, or silence. */
  take(account: string, room: string, now: number): 'answer' | 'say-so' | 'nothing' {
    const own = this.#accounts.get(account) ?? { tokens: ofOne.burst, at: now };
    refill(own, ofOne, now);
    refill(this.#all, ofAll, now);
    this.#accounts.delete(account);
    this.#accounts.set(account, own);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > mostAccounts && oldest !== undefined) this.#accounts.delete(oldest);
    if (own.tokens >= 1 && this.#all.tokens >= 1) {
      own.tokens -= 1;
      this.#all.tokens -= 1;
      return 'answer';
    }
    const said = this.#said.get(room);
    if (said !== undefined && now - said < sayEvery) return 'nothing';
    this.#said.set(room, now);
    return 'say-so';
  }
}

function refill(bucket: Bucket, { burst, every }: Refill, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / every);
  bucket.at = now;
}
