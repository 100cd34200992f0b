import { readFile } from 'node:fs/promises';
import type { ChatEstate } from '#chat/chat-estate.ts';
import { chatEstateOf } from '#chat/chat-estate-of.ts';
import { readEstate } from '#estate/read-estate.ts';
import type { Estate } from '#estate/schema.ts';
import type { Log } from '#ports/log.ts';

/**
 * The estate as its file says now: who may ask and approve, rooms, times for people hold at once. How AWS, hosts, the
 * inventory and the chat are reached is taken at the start; a run keeps the settings that were frozen when it was proposed.
 */
export class LiveEstate {
  #estate: Estate;
  #chat: ChatEstate;

  /** @param estate with room ids. */
  constructor(estate: Estate) {
    this.#estate = estate;
    this.#chat = chatEstateOf(estate, room => room);
  }

  get estate(): Estate {
    return this.#estate;
  }

  get chat(): ChatEstate {
    return this.#chat;
  }

  /**
   * Follows the file until the signal fires. One that has a mistake changes nothing: what was good stays, and the log says why.
   *
   * @param withIds replaces rooms' aliases by their ids.
   */
  follow(file: string, withIds: (estate: Estate) => Promise<Estate>, log: Log, signal: AbortSignal): void {
    const reload = async () => {
      try {
        this.take(await withIds(await readEstate(file)));
        log.info({ file }, 'the estate was read again');
      } catch (error) {
        log.error({ file, error: (error as Error).message }, 'the changed estate has a mistake; the one before stays');
      }
    };
    // By its text, not by a watcher's times: a change made just after the start counts too.
    let seen: string | undefined;
    const look = async () => {
      const text = await readFile(file, 'utf8').catch(() => seen);
      if (text === seen) return;
      seen = text;
      await reload();
    };
    const timer = setInterval(() => void look(), 500);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  take(estate: Estate): void {
    this.#estate = estate;
    this.#chat = chatEstateOf(estate, room => room);
  }
}
