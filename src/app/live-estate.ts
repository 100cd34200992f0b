import { readFile } from 'node:fs/promises';
import type { ChatEstate } from '#chat/chat-estate.ts';
import { chatEstateOf } from '#chat/chat-estate-of.ts';
import type { Redraw } from '#core/altered-estate.ts';
import { readEstate } from '#estate/read-estate.ts';
import type { Estate } from '#estate/schema.ts';
import type { Log } from '#ports/log.ts';
import { withRoomIds } from './with-room-ids.ts';

/**
 * The estate as its file says now: who may ask and approve, rooms, times for people hold at once, and a run whose outage
 * hasn't begun is drawn from it anew. How AWS, hosts, the inventory and the chat are reached is taken at the start.
 */
export class LiveEstate {
  /** As its file says. */
  #given: Estate;
  #ids: ReadonlyMap<string, string> = new Map();
  #estate: Estate;
  #chat: ChatEstate;
  #redraw: Redraw | undefined;
  readonly #listeners = new Set<() => void>();
  #look: (() => Promise<void>) | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(estate: Estate) {
    this.#given = estate;
    [this.#estate, this.#chat] = this.#drawn();
  }

  /** With room ids, as far as they are known. */
  get estate(): Estate {
    return this.#estate;
  }

  get chat(): ChatEstate {
    return this.#chat;
  }

  /** Every room that it names, as the file names it. */
  get rooms(): readonly string[] {
    const { environments } = this.#given;
    const named = Object.values(environments).flatMap(one => [
      one.rooms.work,
      ...one.rooms.tell,
      ...Object.values(one.announce).flatMap(told => told.rooms),
    ]);
    return [...new Set(named)];
  }

  /** Ids of rooms that stand in the file by an alias. */
  know(ids: ReadonlyMap<string, string>): void {
    this.#ids = new Map([...this.#ids, ...ids]);
    [this.#estate, this.#chat] = this.#drawn();
  }

  /** Says from now on what differs from what a run froze. */
  drawsBy(redraw: Redraw): void {
    this.#redraw = redraw;
    [this.#estate, this.#chat] = this.#drawn();
  }

  /** After each change that was taken. @returns ends it. */
  onTaken(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #drawn(): [Estate, ChatEstate] {
    const id = (room: string) => this.#ids.get(room) ?? room;
    const chat = chatEstateOf(this.#given, id);
    return [withRoomIds(this.#given, id), this.#redraw === undefined ? chat : { ...chat, redraw: this.#redraw }];
  }

  /**
   * Follows the file until the signal fires. One that has a mistake changes nothing: what was good stays, and the log says why.
   */
  follow(file: string, log: Log, signal: AbortSignal): void {
    const reload = async () => {
      try {
        this.take(await readEstate(file));
        log.info({ file }, 'the estate was read again');
      } catch (error) {
        log.error({ file, error: (error as Error).message }, 'the changed estate has a mistake; the one before stays');
      }
    };
    // By its text, not by a watcher's times: a change made just after the start counts too.
    let seen: string | undefined;
    this.#look = async () => {
      const text = await readFile(file, 'utf8').catch(() => seen);
      if (text === seen) return;
      seen = text;
      await reload();
    };
    const timer = setInterval(() => void this.look(), 500);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Looks at the file that is followed; resolves once what it says now holds. One look at a time. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look?.());
    return this.#looking;
  }

  take(estate: Estate): void {
    this.#given = estate;
    [this.#estate, this.#chat] = this.#drawn();
    for (const listener of this.#listeners) listener();
  }
}
