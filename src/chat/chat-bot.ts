import { plainEmoji } from '#core/approval.ts';
import { FerryError } from '#core/errors.ts';
import type { ChatFeed, ChatReader, ChatWriter, Incoming, Reacted, Said } from '#ports/chat.ts';
import type { Lease, NamedLeases } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';
import type { Card } from './cards.ts';
import { accountsOf, environmentOf, personOf, spokenRooms } from './chat-estate.ts';
import type { Parts } from './define-command.ts';
import { dispatch } from './dispatch.ts';
import { fitting } from './fitting.ts';
import type { Impaired } from './impaired.ts';
import type { Publisher } from './publisher.ts';
import { RetireReminders } from './retire-reminders.ts';
import type { Rooms } from './rooms.ts';
import type { RequestWatch } from './watch-requests.ts';

export interface ChatBotParts {
  readonly chat: ChatReader & ChatWriter & ChatFeed;
  readonly leases: NamedLeases;
  /** Calls back with a run's id after each append by any process; returns how to stop. */
  readonly onAppend: (listener: (run: string) => void) => () => void;
  readonly publisher: Publisher;
  readonly watch: RequestWatch;
  readonly rooms: Rooms;
  readonly impaired: Impaired;
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

/** Longest pause between two attempts to listen, ms. */
const longestPause = 60_000;

/**
 * The bot in the chat: holds the account's lease (one process listens and speaks), answers commands, reads the answers to
 * requests, and shows what the journals say. Every event may come twice: what changes something is taken once by the
 * event's id, and an answer has the event's id as its transaction.
 */
export class ChatBot {
  readonly #bot: ChatBotParts;

  constructor(bot: ChatBotParts) {
    this.#bot = bot;
  }

  /** Runs until the signal fires. Where another process holds the account, it waits for its turn. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const name = `chat/${this.#bot.chat.self}`;
    const { clock } = this.#bot.parts();
    let failures = 0;
    while (!signal.aborted) {
      const lease = await this.#bot.leases.take(name).catch(() => undefined);
      if (lease === undefined) {
        await clock.sleep(this.#bot.renewEvery, signal).catch(() => undefined);
        continue;
      }
      failures = (await this.#serve(lease, signal, failures)) ? 0 : failures + 1;
    }
  }

  /** @returns whether it ended by itself, not by a failure. */
  async #serve(lease: Lease, signal: AbortSignal, failures: number): Promise<boolean> {
    const { chat, publisher, watch, onAppend, leases, log } = this.#bot;
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    const stopListening = onAppend(run => void publisher.publish(run));
    const ticking = this.#tick(until);
    const renewing = this.#renew(lease, until, lost);
    const following = this.#bot.rooms.follow(until);
    // What was answered while nobody listened is found by reading, before any new command is taken.
    let before = Promise.resolve();
    const caughtUp = watch.lookAtAll().then(() => publisher.publishAll());
    try {
      await caughtUp.catch(error => log.warn({ error: String(error) }, 'the open runs could not be looked at yet'));
      await chat.listen(
        event => {
          before = before.then(() => this.#handle(event));
          return before;
        },
        until,
        () => void this.#back(),
      );
      return true;
    } catch (error) {
      if (until.aborted) return true;
      if (failures === 0) log.error({ code: codeOf(error), error: String(error) }, 'listening to the chat ended');
      // With the lease held: another process has the same account, and would fare no better.
      const pause = Math.min(longestPause, this.#bot.renewEvery * 2 ** Math.min(10, failures));
      await this.#bot
        .parts()
        .clock.sleep(pause, until)
        .catch(() => undefined);
      return false;
    } finally {
      lost.abort();
      stopListening();
      await Promise.allSettled([ticking, renewing, following]);
      await leases.release(lease).catch(() => undefined);
    }
  }

  /** The chat server answers again: what was answered and what is to be said meanwhile doesn't wait for its next turn. */
  async #back(): Promise<void> {
    const { watch, publisher, log } = this.#bot;
    await Promise.all([watch.lookAtAll(), publisher.back()]).catch(error =>
      log.warn({ error: String(error) }, 'a look at the rooms failed'),
    );
  }

  async #tick(until: AbortSignal): Promise<void> {
    const { publisher, watch, impaired, log, tickEvery, parts } = this.#bot;
    const { clock } = parts();
    let lookAt = clock.now() + lookEvery;
    const kept = new RetireReminders({ runs: parts().runs, estate: () => parts().estate, clock });
    while (!until.aborted) {
      try {
        await clock.sleep(tickEvery, until);
        if (clock.now() >= lookAt) {
          lookAt = clock.now() + lookEvery;
          await watch.lookAtAll();
        }
        await watch.tick();
        await publisher.tick();
        await kept.tick();
        await impaired.tick();
      } catch (error) {
        if (!until.aborted) log.warn({ error: String(error) }, 'a look at the rooms failed');
      }
    }
  }

  async #renew(lease: Lease, until: AbortSignal, lost: AbortController): Promise<void> {
    const { clock } = this.#bot.parts();
    let heldUntil = clock.now() + this.#bot.renewEvery;
    while (!until.aborted) {
      try {
        await clock.sleep(this.#bot.renewEvery, until);
        const held = await this.#bot.leases.renew(lease);
        if (held === undefined) lost.abort();
        else heldUntil = held;
      } catch {
        if (clock.now() >= heldUntil) lost.abort();
      }
    }
  }

  /** One event. Never throws: what fails is logged, and looked at again where it matters. */
  async #handle(event: Incoming): Promise<void> {
    try {
      await this.#take(event);
    } catch (error) {
      this.#bot.log.warn(
        { event: event.id, type: event.type, error: String(error) },
        'a chat event could not be handled',
      );
    }
  }

  async #take(event: Incoming): Promise<void> {
    const { estate } = this.#bot.parts();
    const { chat, rooms, watch, publisher } = this.#bot;
    const configured = Object.values(estate.environments).some(one => spokenRooms(one).includes(event.room));
    switch (event.type) {
      case 'invited':
        return rooms.invited(event.room);
      case 'placed':
        await rooms.placed(event, chat.self);
        return configured ? watch.changed(event.room) : undefined;
      case 'room-changed':
        return rooms.changed(event.room);
      case 'said':
        // Nobody's room is left, once it is certain that it is nobody's.
        if (!configured) return rooms.allFound ? chat.leave(event.room) : undefined;
        publisher.sawMessage(event.room);
        return this.#said(event);
      case 'reacted':
        return configured ? this.#reacted(event) : undefined;
      case 'deleted':
      case 'members':
        return configured ? watch.changed(event.room) : undefined;
    }
  }

  async #said(said: Said): Promise<void> {
    const { log, names, chat } = this.#bot;
    const card = await dispatch(said, { parts: this.#bot.parts(), names: [...names, chat.self], log });
    if (card !== undefined) await this.#answer(said, card);
  }

  /** Where it was asked; a refusal in a thread. The event's id makes it one answer, however often the event comes. */
  async #answer(said: Said, card: Card): Promise<void> {
    const thread = said.thread ?? (card.where === 'thread' ? said.id : undefined);
    const { estate } = this.#bot.parts();
    const mentions = [...accountsOf(estate, card.people), ...(card.accounts ?? [])].filter(
      (account, index, all) => all.indexOf(account) === index,
    );
    const [first = '', ...rest] = fitting(card.text);
    const text = rest.length === 0 ? first : `${first.slice(0, -100)}\n… and more than fits one message.`;
    const message = { text, mentions, notify: card.notify, thread, card: card.field };
    await this.#bot.chat.post(said.room, message, `ferry.answer.${said.id.replace(/[^A-Za-z0-9._-]/g, '.')}`);
  }

  async #reacted(event: Reacted): Promise<void> {
    if (event.sender === this.#bot.chat.self) return;
    if ((await this.#bot.watch.reacted(event.room, event.to)) !== undefined) return;
    if (event.emoji !== undefined && plainEmoji(event.emoji) === '👀') await this.#takeHalt(event);
  }

  /** 👀 on a halt says what `!take` says. */
  async #takeHalt(event: Reacted): Promise<void> {
    const { estate, runs } = this.#bot.parts();
    const person = personOf(estate, event.sender);
    if (person === undefined) return;
    for (const run of await runs.list({ open: true })) {
      const what = Object.keys(run.posted).find(
        key => key.startsWith('halt/') && run.posted[key]?.event === event.to && run.posted[key]?.room === event.room,
      );
      if (what === undefined) continue;
      if (!environmentOf(estate, run.environment).ask.includes(person)) return;
      const step = run.steps[what.slice('halt/'.length).split('#', 1)[0] ?? ''];
      const target = run.targets.find(one => one.name === step?.node.target);
      if (target === undefined || target.driver === person) return;
      await runs.record(run.id, event.id, () => [{ type: 'taken', target: target.name, person }]);
      return;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof FerryError ? error.code : undefined;
}
