import { createHash } from 'node:crypto';
import { Refused } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { ChatWriter } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Kept } from '#ports/kept.ts';
import type { Log } from '#ports/log.ts';
import { calling } from './cards.ts';
import { type ChatEnvironment, type ChatEstate, spokenRooms } from './chat-estate.ts';
import { noticeOf, workRooms } from './notice-of.ts';
import { onCall } from './on-call.ts';

/** Something that Ferry can't do as it should. */
export interface Impairment {
  /** The same as long as it is the same trouble: `room/#work:example.org`, `store`. */
  readonly key: string;
  /** What is amiss, and what to do. */
  readonly sentence: string;
  /** A room that can't be served: it concerns the environments that name it. Otherwise it concerns all. */
  readonly room?: { readonly id: string | undefined; readonly name: string };
  /** On-call of all environments is called, whatever is under way: nobody can say what is. */
  readonly calls?: true;
  /** While it lasts nobody can be told: it is said as soon as it can be, also after a restart, and needs no second line. */
  readonly news?: true;
  /** Environments that it concerns, where it is no room. */
  readonly environments?: readonly string[];
}

export interface ImpairedParts {
  readonly chat: Pick<ChatWriter, 'post'>;
  readonly estate: () => ChatEstate;
  /** Runs that haven't ended. */
  readonly open: () => Promise<readonly Run[]>;
  readonly kept: Kept;
  readonly clock: Clock;
  readonly log: Log;
}

/** What became of saying it. */
interface Said {
  readonly sentence: string;
  readonly since: number;
  /** Rooms that heard it, and rooms that never will. */
  readonly told: readonly string[];
  readonly deaf: readonly string[];
  /** On-call was called. */
  readonly called: boolean;
  /** It is still to be said, by whoever can. */
  readonly news?: true;
}

/**
 * Says in the work rooms what is amiss with Ferry itself: one line where it still can, one when it is over. While an outage
 * that it concerns is on, it calls on-call. What was said outlives the process, so that a restart says nothing twice. Never throws.
 */
export class Impaired {
  readonly #parts: ImpairedParts;
  readonly #now = new Map<string, Impairment>();
  readonly #said = new Map<string, Said>();
  #loaded = false;
  #ticking = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: ImpairedParts) {
    this.#parts = parts;
  }

  /** It is amiss. Saying so again changes nothing. */
  is(impairment: Impairment): Promise<void> {
    this.#now.set(impairment.key, impairment);
    return this.#inTurn(() => this.#say(impairment));
  }

  /** It isn't, or no more. @param sentence said where it was said that it is amiss; undefined: nobody needs to hear. */
  over(key: string, sentence: string | undefined): Promise<void> {
    this.#now.delete(key);
    return this.#inTurn(() => this.#sayOver(key, sentence));
  }

  /** What couldn't be said yet, and outages that began meanwhile. */
  async tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    await this.#inTurn(async () => {
      for (const impairment of [...this.#now.values()]) await this.#say(impairment);
    });
    this.#ticking = false;
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      try {
        await this.#load();
        await act();
      } catch (error) {
        this.#parts.log.warn({ error: String(error) }, 'what is amiss could not be said yet');
      }
    });
    this.#turn = turn;
    return turn;
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    for (const [key, text] of Object.entries(await this.#parts.kept.all(prefix))) {
      const said = JSON.parse(text) as Said;
      this.#said.set(key.slice(prefix.length), said);
      if (said.news) this.#now.set(key.slice(prefix.length), { key: key.slice(prefix.length), ...said, news: true });
    }
    this.#loaded = true;
  }

  async #say(impairment: Impairment): Promise<void> {
    const { key, sentence } = impairment;
    const known = this.#said.get(key);
    const fresh: Said = {
      sentence,
      since: this.#parts.clock.now(),
      told: [],
      deaf: [],
      called: false,
      ...(impairment.news && { news: true }),
    };
    let said = known?.sentence === sentence ? known : fresh;
    const people = await this.#onCall(impairment);
    if (people.length > 0 && !said.called) said = { ...said, told: [], deaf: [], called: true };
    const left = workRooms(this.#parts.estate()).filter(room => !said.told.includes(room) && !said.deaf.includes(room));
    const text = `${calling(said.called ? people : [])}${sentence}`;
    // Side by side: a room that doesn't answer keeps no other from hearing it.
    const heards = await Promise.all(
      left.map(async room => [room, await this.#post(room, text, people, txn(key, said, room))] as const),
    );
    const rooms = (heard: boolean) => heards.filter(one => one[1] === heard).map(([room]) => room);
    if (rooms(true).length + rooms(false).length > 0) {
      said = { ...said, told: [...said.told, ...rooms(true)], deaf: [...said.deaf, ...rooms(false)] };
    }
    const heard = workRooms(this.#parts.estate()).every(room => said.told.includes(room) || said.deaf.includes(room));
    if (impairment.news && heard && said.told.length > 0) {
      this.#now.delete(key);
      await this.#sayOver(key, undefined);
    } else if (said !== known) await this.#keep(key, said);
  }

  async #sayOver(key: string, sentence: string | undefined): Promise<void> {
    const said = this.#said.get(key);
    if (said === undefined) return;
    // A room that can't be reached now isn't told later: by then it is no news.
    const rooms = sentence === undefined ? [] : said.told;
    await Promise.all(rooms.map(room => this.#post(room, sentence ?? '', [], `${txn(key, said, room)}.over`)));
    this.#said.delete(key);
    await this.#parts.kept.set(`${prefix}${key}`, undefined);
  }

  async #keep(key: string, said: Said): Promise<void> {
    this.#said.set(key, said);
    await this.#parts.kept.set(`${prefix}${key}`, JSON.stringify(said));
  }

  /** @returns false: the room never takes it; undefined: not now. */
  async #post(room: string, text: string, people: readonly string[], id: string): Promise<boolean | undefined> {
    const message = noticeOf(this.#parts.estate(), text, people);
    try {
      await this.#parts.chat.post(room, message, id);
      return true;
    } catch (error) {
      return error instanceof Refused && error.code === 'chat-forbidden' ? false : undefined;
    }
  }

  /** Whom to call: on-call of the environments that it concerns and that are in an outage. What isn't known calls nobody. */
  async #onCall({ room, environments, calls }: Impairment): Promise<readonly string[]> {
    const { estate, open } = this.#parts;
    if (calls === true) return [...new Set(Object.values(estate().environments).flatMap(one => one.page))];
    const runs = await open().catch(() => []);
    const concerns = (one: ChatEnvironment) => {
      if (environments !== undefined) return environments.includes(one.name);
      if (room === undefined) return true;
      return spokenRooms(one).some(name => name === room.id || name === room.name);
    };
    return onCall(runs, estate(), concerns);
  }
}

const prefix = 'impaired/';

/** The same words to the same room are one message, whoever says them. */
function txn(key: string, said: Said, room: string): string {
  const what = createHash('sha256')
    .update([key, said.sentence, said.since, said.called, room].join('\0'))
    .digest('hex');
  return `ferry.impaired.${what.slice(0, 32)}`;
}
