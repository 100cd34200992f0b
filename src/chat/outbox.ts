import { Unknown } from '#core/errors.ts';
import { type ChatWriter, Throttled } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import { type Lane, nextToSend, type Queued } from './lanes.ts';

/** How much may be on its way to a network at once. */
const places = 4;

/** A network that asks to wait longer is tried again all the same, ms: a halt may be among what waits. */
const longestPause = 30_000;

interface Item extends Queued {
  /** Of the same kind of thing a later one stands for an earlier one that still waits; undefined: each is sent. */
  readonly replaces: string | undefined;
  /** The message's transaction: asked for twice while it waits, it is one. */
  readonly txn: string | undefined;
  send: () => Promise<unknown>;
  readonly settle: { resolve(value: unknown): void; reject(error: unknown): void }[];
}

/**
 * The one way out to a chat network: everything that an account says goes through its outbox, in lanes (`lanes.ts`). When the
 * network asks to wait (`Throttled`), the whole account waits, and what goes first goes first afterwards. Every other failure
 * is the sender's, who knows whether to try again: a transaction id makes a repetition the same message.
 */
export class Outbox {
  readonly #writer: ChatWriter;
  readonly #clock: Clock;
  #waiting: Item[] = [];
  #underWay: Item[] = [];
  #until: AbortSignal | undefined;
  #pausedUntil = 0;
  #pausing = false;
  /** After a pause one message goes ahead of the others: if it is asked to wait as well, they needn't be. */
  #feelsAhead = false;

  constructor(writer: ChatWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /**
   * Sends from now on until the signal fires. Then what waits isn't sent, nor what comes later, and its senders are told: who
   * waited for a way out that another one opens would keep us from opening it.
   */
  open(until: AbortSignal): void {
    this.#until = until;
    until.addEventListener('abort', () => this.#close(until), { once: true });
    this.#pump();
  }

  /** The writing half of the port, in a lane. Joining and leaving rooms isn't speaking, and waits for nobody. */
  lane(lane: Lane): ChatWriter {
    const writer = this.#writer;
    const put = <T>(room: string, send: () => Promise<T>, txn?: string, replaces?: string) =>
      this.#put({ lane, room, txn, replaces, send, settle: [] }) as Promise<T>;
    return {
      post: (room, message, txn) => put(room, () => writer.post(room, message, txn), txn),
      edit: (room, event, message, txn) =>
        put(room, () => writer.edit(room, event, message, txn), txn, `edit/${room}/${event}`),
      recard: (room, event, card, state, txn) => put(room, () => writer.recard(room, event, card, state, txn), txn),
      upload: (room, file, txn) => put(room, () => writer.upload(room, file, txn), txn),
      react: (room, event, emoji) => put(room, () => writer.react(room, event, emoji)),
      setTopic: (room, topic) => put(room, () => writer.setTopic(room, topic)),
      pin: (room, event) => put(room, () => writer.pin(room, event)),
      leave: room => writer.leave(room),
      join: room => writer.join(room),
    };
  }

  #put(item: Item): Promise<unknown> {
    if (this.#until?.aborted) return Promise.reject(closed());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const same = this.#waiting.find(
      other =>
        other.lane === item.lane &&
        ((item.txn !== undefined && other.txn === item.txn) ||
          (item.replaces !== undefined && other.replaces === item.replaces)),
    );
    const queued = same ?? item;
    queued.send = item.send;
    queued.settle.push({ resolve, reject });
    if (same === undefined) this.#waiting.push(item);
    this.#pump();
    return promise;
  }

  #pump(): void {
    if (this.#until === undefined || this.#until.aborted) return;
    if (this.#clock.now() < this.#pausedUntil) {
      this.#wakeLater(this.#until);
      return;
    }
    for (;;) {
      const item = nextToSend(this.#waiting, this.#underWay, this.#feelsAhead ? 1 : places);
      if (item === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(item), 1);
      this.#underWay.push(item);
      void this.#send(item);
    }
  }

  async #send(item: Item): Promise<void> {
    const { send } = item;
    try {
      const value = await send();
      this.#feelsAhead = false;
      for (const { resolve } of item.settle) resolve(value);
    } catch (error) {
      if (error instanceof Throttled && this.#until?.aborted === false) {
        this.#feelsAhead = true;
        this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + Math.min(error.after, longestPause));
        this.#waitAgain(item);
      } else {
        for (const { reject } of item.settle) reject(error);
      }
    } finally {
      this.#underWay.splice(this.#underWay.indexOf(item), 1);
      this.#pump();
    }
  }

  /** Nothing happened: it is the oldest of its lane again, or what came meanwhile in its stead is. */
  #waitAgain(item: Item): void {
    const newer = this.#waiting.find(
      other => item.replaces !== undefined && other.lane === item.lane && other.replaces === item.replaces,
    );
    if (newer === undefined) this.#waiting.unshift(item);
    else newer.settle.push(...item.settle);
  }

  #wakeLater(until: AbortSignal): void {
    if (this.#pausing) return;
    this.#pausing = true;
    void this.#clock
      .sleep(this.#pausedUntil - this.#clock.now(), until)
      .catch(() => undefined)
      .then(() => {
        this.#pausing = false;
        this.#pump();
      });
  }

  #close(until: AbortSignal): void {
    if (this.#until !== until) return;
    for (const item of this.#waiting.splice(0)) {
      for (const { reject } of item.settle) reject(closed());
    }
  }
}

function closed(): Unknown {
  return new Unknown('chat-closed', 'not sent: this process has let go of the chat account.');
}
