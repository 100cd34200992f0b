import { plainEmoji } from '#core/approval.ts';
import { Halt } from '#core/errors.ts';
import type { ChatFeed, ChatReader, ChatWriter, Incoming, Reacted, Said } from '#ports/chat.ts';
import type { Lease, NamedLeases } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';
import type { Card } from './cards.ts';
import { accountsOf, environmentOf, personOf, roomOf } from './chat-estate.ts';
import type { Parts } from './define-command.ts';
import { dispatch } from './dispatch.ts';
import { fitting } from './fitting.ts';
import type { Publisher } from './publisher.ts';
import { RetireReminders } from './retire-reminders.ts';
import type { RequestWatch } from './watch-requests.ts';

export interface ChatBotParts {
  readonly chat: ChatReader & ChatWriter & ChatFeed;
  readonly leases: NamedLeases;
  /** Calls back with a run's id after each append by any process; returns how to stop. */
  readonly onAppend: (listener: (run: string) => void) => () => void;
  readonly publisher: Publisher;
  readonly watch: RequestWatch;
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

  /**
   * Runs until the signal fires. Where another process holds the account, it waits for its turn.
   *
   * @throws Halt `encrypted-room` at start when a configured room is encrypted.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.#refuseEncrypted();
    const name = `chat/${this.#bot.chat.self}`;
    const { clock } = this.#bot.parts();
    while (!signal.aborted) {
      const lease = await this.#bot.leases.take(name).catch(() => undefined);
      if (lease === undefined) {
        await clock.sleep(this.#bot.renewEvery, signal).catch(() => undefined);
        continue;
      }
      await this.#serve(lease, signal);
    }
  }

  async #refuseEncrypted(): Promise<void> {
    const { environments } = this.#bot.parts().estate;
    const rooms = new Set(Object.values(environments).flatMap(one => [one.work, ...one.tell]));
    for (const room of rooms) {
      if (await this.#bot.chat.encrypted(room)) {
        throw new Halt(
          'encrypted-room',
          `room ${room} is encrypted, and Ferry can't read there: configure an unencrypted one.`,
        );
      }
    }
  }

  async #serve(lease: Lease, signal: AbortSignal): Promise<void> {
    const { chat, publisher, watch, onAppend, leases, log } = this.#bot;
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    const stopListening = onAppend(run => void publisher.publish(run));
    const ticking = this.#tick(until);
    const renewing = this.#renew(lease, until, lost);
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
    } catch (error) {
      if (!until.aborted) {
        log.error({ error: String(error) }, 'listening to the chat ended');
        await this.#bot
          .parts()
          .clock.sleep(this.#bot.renewEvery, until)
          .catch(() => undefined);
      }
    } finally {
      lost.abort();
      stopListening();
      await Promise.allSettled([ticking, renewing]);
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
    const { publisher, watch, log, tickEvery, parts } = this.#bot;
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
    const { works, tells } = roomOf(estate, event.room);
    const configured = works.length + tells.length > 0;
    switch (event.type) {
      case 'invited':
        return this.#invited(event.room, configured);
      case 'said':
        if (!configured) return this.#bot.chat.leave(event.room);
        this.#bot.publisher.sawMessage(event.room);
        return this.#said(event);
      case 'reacted':
        return configured ? this.#reacted(event) : undefined;
      case 'deleted':
      case 'members':
        return configured ? this.#bot.watch.changed(event.room) : undefined;
    }
  }

  /** Configured rooms are joined; anybody else's invitation is declined. */
  #invited(room: string, configured: boolean): Promise<void> {
    return configured ? this.#bot.chat.join(room) : this.#bot.chat.leave(room);
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
