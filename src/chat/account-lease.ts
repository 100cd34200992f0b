import type { Clock } from '#ports/clock.ts';
import type { Lease, NamedLeases } from '#ports/journal.ts';

/** After this a lease that we don't hold any more has run out, whatever became of it, ms: it lives for half as long. */
const surelyOver = 5_000;

export interface AccountLeaseParts {
  readonly leases: NamedLeases;
  /** `chat/@ferry:example.org`. */
  readonly name: string;
  readonly clock: Clock;
  /** How often it is renewed, ms; well below its time to live. */
  readonly renewEvery: number;
}

/** The lease of a chat account: one process listens and speaks. */
export class AccountLease {
  readonly #parts: AccountLeaseParts;
  #ours: { readonly number: number; readonly until: number } | undefined;

  constructor(parts: AccountLeaseParts) {
    this.#parts = parts;
  }

  /**
   * Number of the lease that is ours, or was the last one that anybody here knows of. A store that takes no writes lets it run
   * out, and gives nobody another: only who had it may say so then. undefined: another process has the account.
   */
  get speaksFor(): number | undefined {
    return this.#ours?.number;
  }

  /** @returns undefined when another process has it, or the store doesn't say. */
  async take(): Promise<Lease | undefined> {
    const { leases, name, clock } = this.#parts;
    let lease: Lease | undefined;
    try {
      lease = await leases.take(name);
    } catch {
      return undefined;
    }
    if (lease !== undefined) this.#have(lease);
    // Until then whoever has it may be ourselves: one that could not be released.
    else if (this.#ours !== undefined && clock.now() >= this.#ours.until) this.#ours = undefined;
    return lease;
  }

  /** Renews it until the signal fires. @param lost fired when it isn't ours any more. */
  async keep(lease: Lease, until: AbortSignal, lost: AbortController): Promise<void> {
    const { leases, clock, renewEvery } = this.#parts;
    let heldUntil = clock.now() + renewEvery;
    while (!until.aborted) {
      try {
        await clock.sleep(renewEvery, until);
        const held = await leases.renew(lease);
        if (held === undefined) lost.abort();
        else {
          heldUntil = held;
          this.#have(lease);
        }
      } catch {
        if (clock.now() >= heldUntil) lost.abort();
      }
    }
  }

  #have({ number }: Lease): void {
    this.#ours = { number, until: this.#parts.clock.now() + surelyOver };
  }
}
