import { Halt } from '#core/errors.ts';
import type { ChatMark } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';

/** How long a first mark has to stand, ms: whoever wrote at the same time has written by then. */
const settles = 500;

/** After how long it is looked at again, ms: soon, and then now and then. */
const looks = [5_000, 30_000] as const;

/** Whether this store's bot has the account; known to all processes on the store, and over their restarts. */
export interface ClaimNote {
  get(): Promise<boolean>;
  set(claimed: boolean): Promise<void>;
}

/**
 * One account, one store: a mark in the chat account names the store whose bot it is. Two bots with two stores would make two
 * outages of one estate, so the bot of another store moves nothing, and ends.
 *
 * A store that never had the account moves nothing before it has: without a chat nothing can be under way in it. One that had
 * it goes on at once, also while the chat is away, and ends as soon as the chat says otherwise.
 */
export class AccountClaim {
  readonly #store: string;
  readonly #note: ClaimNote;
  readonly #clock: Pick<Clock, 'sleep'>;
  #claimed = false;

  constructor(parts: { readonly store: string; readonly note: ClaimNote; readonly clock: Pick<Clock, 'sleep'> }) {
    this.#store = parts.store;
    this.#note = parts.note;
    this.#clock = parts.clock;
  }

  /**
   * Takes an account that nobody has, or sees that it is ours. Of two that take it at once, whoever wrote last has it: both look again.
   *
   * @param take whether it is taken from another store, on purpose.
   * @throws Halt `account-taken`: it is another store's. Whatever the chat throws.
   */
  async claim(chat: ChatMark & { readonly self: string }, take: boolean): Promise<void> {
    const mark = await chat.mark();
    if (mark !== this.#store) {
      if (mark !== undefined && !take) return this.#refuse(chat.self);
      await chat.setMark(this.#store);
      await this.#clock.sleep(settles);
      if ((await chat.mark()) !== this.#store) return this.#refuse(chat.self);
    }
    await this.#mine();
  }

  /** Looks again, until the signal fires. What can't be read changes nothing. @throws Halt `account-taken`. */
  async watch(chat: ChatMark & { readonly self: string }, log: Pick<Log, 'warn'>, signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn += 1) {
      await this.#clock.sleep(looks[Math.min(turn, looks.length - 1)] ?? 0, signal).catch(() => undefined);
      if (signal.aborted) return;
      const mark = await chat.mark().catch(error => {
        log.warn({ error: String(error) }, 'the mark in the chat account could not be read');
        return this.#store;
      });
      if (mark !== this.#store) await this.#refuse(chat.self);
      // A store that takes no writes is said by who watches it, and ends nobody.
      await this.#mine().catch(error => log.warn({ error: String(error) }, 'that the account is ours was not noted'));
    }
  }

  /** Whether runs may be moved. What the store doesn't say changes nothing. */
  async holds(): Promise<boolean> {
    return this.#claimed || (await this.#note.get());
  }

  async #mine(): Promise<void> {
    this.#claimed = true;
    await this.#note.set(true);
  }

  async #refuse(account: string): Promise<never> {
    this.#claimed = false;
    await this.#note.set(false).catch(() => undefined);
    throw new Halt(
      'account-taken',
      `${account} is the bot of another store, as the mark in its account says, and two would make two outages: nothing is moved here. Stop the other one, then start this one once with --take-account.`,
    );
  }
}

/** Acts while the account is ours: waits until it is, stops when it isn't any more, until the signal fires. */
export async function whileClaimed(
  claim: Pick<AccountClaim, 'holds'>,
  {
    clock,
    log,
    pollMs = 500,
  }: { readonly clock: Pick<Clock, 'sleep'>; readonly log: Pick<Log, 'warn'>; readonly pollMs?: number },
  signal: AbortSignal,
  act: (until: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const wait = (until: AbortSignal) => clock.sleep(pollMs, until).catch(() => undefined);
  for (let turn = 0; !signal.aborted; turn += 1) {
    if (!(await claim.holds().catch(() => false))) {
      if (turn === 20) log.warn({}, 'nothing is moved before the chat account says that it is the bot of this store');
      await wait(signal);
      continue;
    }
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    const acting = act(until).finally(() => ended.abort());
    while (!until.aborted) {
      await wait(until);
      if (!until.aborted && !(await claim.holds().catch(() => true))) ended.abort();
    }
    await acting;
  }
}
