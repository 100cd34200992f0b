import { plainEmoji } from '#core/approval.ts';
import { FerryError, Refused, Unknown } from '#core/errors.ts';
import type { ChatFeed, ChatReader, ChatWriter, Incoming, Reacted } from '#ports/chat.ts';
import type { Lease, NamedLeases } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';
import { AccountLease } from './account-lease.ts';
import type { Answers } from './answers.ts';
import { lostRecordSentence, strangerSentence } from './cards/lost-record.ts';
import { spokenRooms } from './chat-estate.ts';
import type { Parts } from './define-command.ts';
import { Desk } from './desk.ts';
import type { Impaired } from './impaired.ts';
import type { Outbox } from './outbox.ts';
import { leavesInstance } from './outlook.ts';
import type { Publisher } from './publisher.ts';
import { RetireReminders } from './retire-reminders.ts';
import type { Rooms } from './rooms.ts';
import type { StoreWatch } from './store-watch.ts';
import { takeHalt } from './take-halt.ts';
import type { RequestWatch } from './watch-requests.ts';

export interface ChatBotParts {
  readonly chat: ChatReader & ChatWriter & ChatFeed;
  readonly outbox: Outbox;
  readonly answers: Answers;
  readonly leases: NamedLeases;
  /** Calls back with a run's id after each append by any process; returns how to stop. */
  readonly onAppend: (listener: (run: string) => void) => () => void;
  readonly publisher: Publisher;
  readonly watch: RequestWatch;
  readonly rooms: Rooms;
  readonly impaired: Impaired;
  /** Watches the store as long as the bot runs, whether it holds the account or not. */
  readonly storeWatch?: (speaksFor: () => number | undefined) => Pick<StoreWatch, 'run'>;
  /** Keeps in the account how far the journals have come, as long as it is ours. Never throws. */
  readonly marking?: (until: AbortSignal) => Promise<void>;
  /** What commands get, with the estate as it is now. */
  readonly parts: () => Parts;
  /** Names that address us besides our account: `ferry`. */
  readonly names: readonly string[];
  readonly log: Log;
  /** How often the lease is renewed, ms; well below its time to live. */
  readonly renewEvery: number;
  /** How often what the clock alone brings about is looked at, ms. */
  readonly tickEvery: number;
}

/** How often the answers to open requests are read without a hint, ms: hints may be lost while a server is away. */
const lookEvery = 60_000;

/** Longest pause between two attempts to listen, and to handle an event, ms. */
const longestPause = 60_000;
const longestHandlingPause = 30_000;
const firstHandlingPause = 500;
const hintsTried = 5;

/** How long what goes on is waited for: looks at the start, handling at the end, ms. */
const patience = 2_000;

/**
 * The bot in the chat: holds the account's lease (one process listens and speaks), answers commands, reads the answers to
 * requests, and shows what the journals say. Every event may come twice: what changes something is taken once by the
 * event's id, and an answer has the event's id as its transaction. Events are handled side by side.
 */
export class ChatBot {
  readonly #bot: ChatBotParts;
  readonly #desk: Desk;
  readonly #account: AccountLease;
  readonly #handling = new Set<Promise<void>>();
  readonly #waiting = new Set<string>();
  #asides: Promise<void> = Promise.resolve();
  /**
   * What was said of a record that is gone, once: while it is brought back its numbers change. null: it is whole; undefined: not
   * looked at yet. It may have been lost, and said so, before this process was.
   */
  #lost: string | null | undefined;

  constructor(bot: ChatBotParts) {
    this.#bot = bot;
    const { answers, parts, names, chat, log, leases, renewEvery } = bot;
    this.#desk = new Desk({ answers, parts, names: [...names, chat.self], log });
    this.#account = new AccountLease({ leases, name: `chat/${chat.self}`, clock: parts().clock, renewEvery });
  }

  /** Runs until the signal fires. Where another process holds the account, it waits for its turn. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#bot.parts();
    let failures = 0;
    const watching = this.#bot.storeWatch?.(() => this.#account.speaksFor).run(signal);
    while (!signal.aborted) {
      const lease = await this.#account.take();
      if (lease === undefined) {
        await clock.sleep(this.#bot.renewEvery, signal).catch(() => undefined);
        continue;
      }
      failures = (await this.#serve(lease, signal, failures)) ? 0 : failures + 1;
    }
    await watching;
  }

  /** @returns whether it ended by itself, not by a failure. */
  async #serve(lease: Lease, signal: AbortSignal, failures: number): Promise<boolean> {
    const { chat, outbox, answers, publisher, watch, onAppend, leases, log } = this.#bot;
    const { clock } = this.#bot.parts();
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    outbox.open(until);
    const stopListening = onAppend(run => void publisher.publish(run));
    const ticking = this.#tick(until);
    const renewing = this.#account.keep(lease, until, lost);
    const following = this.#bot.rooms.follow(until);
    const marking = this.#bot.marking?.(until);
    const caughtUp = watch
      .lookAtAll()
      .finally(() => void publisher.publishAll().catch(error => this.#couldNotLook(error)));
    caughtUp.catch(error => this.#couldNotLook(error));
    try {
      await answers.open(until);
      // What was answered while nobody listened is found by reading, before any new command is taken, if that is quick.
      await Promise.race([caughtUp.catch(() => undefined), clock.sleep(patience, until).catch(() => undefined)]);
      await chat.listen(
        event => this.#handle(event, until),
        until,
        () => void this.#back(),
      );
      return true;
    } catch (error) {
      if (until.aborted) return true;
      if (failures === 0) log.error({ code: codeOf(error), error: String(error) }, 'listening to the chat ended');
      if (codeOf(error) === 'chat-token-refused')
        void this.#bot.impaired.is({ key: 'token', sentence: wasMute, news: true });
      // With the lease held: another process has the same account, and would fare no better.
      const pause = Math.min(longestPause, this.#bot.renewEvery * 2 ** Math.min(10, failures));
      await clock.sleep(pause, until).catch(() => undefined);
      return false;
    } finally {
      lost.abort();
      stopListening();
      const handled = Promise.race([Promise.allSettled([...this.#handling]), clock.sleep(patience)]);
      await Promise.allSettled([ticking, renewing, following, marking, handled]);
      await leases.release(lease).catch(() => undefined);
    }
  }

  /** The chat server answers again: what was answered and what is to be said meanwhile doesn't wait for its next turn. */
  async #back(): Promise<void> {
    const { watch, publisher, answers } = this.#bot;
    answers.back();
    await Promise.all([watch.lookAtAll(), publisher.back()]).catch(error => this.#couldNotLook(error));
  }

  async #tick(until: AbortSignal): Promise<void> {
    const { publisher, watch, impaired, tickEvery, parts } = this.#bot;
    const { clock } = parts();
    let lookAt = clock.now() + lookEvery;
    const kept = new RetireReminders({
      runs: parts().runs,
      estate: () => parts().estate,
      keeps: (run, target) => leavesInstance(run, target, parts().drawing.outlook),
      clock,
    });
    while (!until.aborted) {
      try {
        await clock.sleep(tickEvery, until);
        if (await this.#isLost()) continue;
        if (clock.now() >= lookAt) {
          lookAt = clock.now() + lookEvery;
          void watch.lookAtAll().catch(error => this.#couldNotLook(error));
        }
        // Neither waits for the other, nor for what it began before: one slow answer of the chat holds up no other room.
        void watch.tick();
        void publisher.tick().catch(error => this.#couldNotLook(error));
        await kept.tick();
        void impaired.tick();
      } catch (error) {
        if (!until.aborted) this.#couldNotLook(error);
      }
    }
  }

  /** While the store isn't the one that was written to, nothing is shown, asked or reminded of but that. */
  async #isLost(): Promise<boolean> {
    const { impaired, parts } = this.#bot;
    const { record, clock } = parts();
    const lost = await record.look();
    if (lost !== undefined) {
      this.#lost ??= lostRecordSentence(lost, clock.now());
      await impaired.is({ key: 'record', sentence: this.#lost, calls: true });
      return true;
    }
    if (this.#lost !== null)
      await impaired.over('record', 'The record of my runs is whole again: what was under way goes on.');
    this.#lost = null;
    for (const run of await record.strangers())
      await impaired.is({ key: `stranger/${run}`, sentence: strangerSentence(run), calls: true });
    return false;
  }

  #couldNotLook(error: unknown): void {
    this.#bot.log.warn({ error: String(error) }, 'a look at the rooms failed');
  }

  /** One event, until it is settled. @throws only when the signal fired before: then it comes again. */
  #handle(event: Incoming, until: AbortSignal): Promise<void> {
    const handling = this.#settle(event, until);
    const over = handling.catch(() => undefined);
    this.#handling.add(over);
    void over.then(() => this.#handling.delete(over));
    return handling;
  }

  /** What fails since the store or the chat is away is tried again: nothing that was said is lost. */
  async #settle(event: Incoming, until: AbortSignal): Promise<void> {
    const { parts, log } = this.#bot;
    for (let failures = 0; ; failures += 1) {
      try {
        await this.#take(event);
        return;
      } catch (error) {
        if (until.aborted) throw error;
        const about = { event: event.id, type: event.type, error: String(error) };
        if (failures === 0) log.warn(about, 'a chat event could not be handled');
        if (error instanceof Refused && !error.retry) return;
        // A hint that is lost is made up for by the next look at everything.
        if (event.type !== 'said' && failures >= hintsTried) return;
        const pause = Math.min(longestHandlingPause, firstHandlingPause * 2 ** Math.min(10, failures));
        await parts()
          .clock.sleep(pause, until)
          .catch(() => undefined);
      }
    }
  }

  async #take(event: Incoming): Promise<void> {
    const { estate } = this.#bot.parts();
    const { chat, rooms, watch, publisher } = this.#bot;
    const configured = Object.values(estate.environments).some(one => spokenRooms(one).includes(event.room));
    switch (event.type) {
      case 'invited':
        // A room of the estate's is come into in any case; declining others is nothing to wait for.
        this.#aside(`invited ${event.room}`, () => rooms.invited(event.room));
        return;
      case 'placed':
        await rooms.placed(event, chat.self);
        if (event.membership === 'join') return watch.lookAtAll();
        return configured ? watch.changed(event.room) : undefined;
      case 'room-changed':
        return rooms.changed(event.room);
      case 'said':
        if (!configured && !rooms.allFound) throw new Unknown('rooms-unknown', 'not every room is known by its id yet');
        // Nobody's room is left, now that it is certain that it is nobody's.
        if (!configured) {
          this.#aside(`leave ${event.room}`, () => chat.leave(event.room));
          return;
        }
        publisher.sawMessage(event.room);
        return this.#desk.said(event);
      case 'reacted':
        return configured ? this.#reacted(event) : undefined;
      case 'deleted':
      case 'members':
        return configured ? watch.changed(event.room) : undefined;
    }
  }

  /** Done one after the other, each once however often it is asked for: a flood of them is nobody's concern. */
  #aside(what: string, act: () => Promise<void>): void {
    if (this.#waiting.has(what)) return;
    this.#waiting.add(what);
    this.#asides = this.#asides
      .then(act)
      .catch(error => this.#bot.log.warn({ what, error: String(error) }, 'a room could not be come into or left'))
      .finally(() => this.#waiting.delete(what));
  }

  async #reacted(event: Reacted): Promise<void> {
    if (event.sender === this.#bot.chat.self) return;
    const { estate, runs } = this.#bot.parts();
    const emoji = event.emoji === undefined ? undefined : plainEmoji(event.emoji);
    if (emoji === '👀') await takeHalt(event, { estate, runs, desk: this.#desk });
    // Others mean nothing to us, however many there are.
    else if (emoji === undefined || [estate.approve, estate.reject].map(plainEmoji).includes(emoji))
      await this.#bot.watch.reacted(event.room, event.to);
  }
}

const wasMute =
  'The chat server refused my access token for a while: I heard and said nothing. What was said and answered meanwhile I read now.';

function codeOf(error: unknown): string | undefined {
  return error instanceof FerryError ? error.code : undefined;
}
