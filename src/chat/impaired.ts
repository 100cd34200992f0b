import { createHash } from 'node:crypto';
import { Refused } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { ChatWriter } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Kept } from '#ports/kept.ts';
import type { Log } from '#ports/log.ts';
import { outageIsOver } from './cards/outage.ts';
import { calling } from './cards.ts';
import { accountsOf, type ChatEnvironment, type ChatEstate, spokenRooms } from './chat-estate.ts';
import { plainLine } from './harmless.ts';

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
  tick(): Promise<void> {
    return this.#inTurn(async () => {
      for (const impairment of [...this.#now.values()]) await this.#say(impairment);
    });
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
      this.#said.set(key.slice(prefix.length), JSON.parse(text) as Said);
    }
    this.#loaded = true;
  }

  async #say(impairment: Impairment): Promise<void> {
    const { key, sentence } = impairment;
    const known = this.#said.get(key);
    const fresh: Said = { sentence, since: this.#parts.clock.now(), told: [], deaf: [], called: false };
    let said = known?.sentence === sentence ? known : fresh;
    const people = await this.#onCall(impairment);
    if (people.length > 0 && !said.called) said = { ...said, told: [], deaf: [], called: true };
    const left = this.#workRooms().filter(room => !said.told.includes(room) && !said.deaf.includes(room));
    for (const room of left) {
      const heard = await this.#post(
        room,
        `${calling(said.called ? people : [])}${sentence}`,
        people,
        txn(key, said, room),
      );
      if (heard !== undefined)
        said = heard ? { ...said, told: [...said.told, room] } : { ...said, deaf: [...said.deaf, room] };
    }
    if (said !== known) await this.#keep(key, said);
  }

  async #sayOver(key: string, sentence: string | undefined): Promise<void> {
    const said = this.#said.get(key);
    if (said === undefined) return;
    let told = said.told;
    if (sentence !== undefined) {
      for (const room of told) {
        const heard = await this.#post(room, sentence, [], `${txn(key, said, room)}.over`);
        // One that can't be reached now isn't told later: by then it is no news.
        if (heard === undefined) this.#parts.log.warn({ key, room }, 'a room could not be told that it is over');
      }
      told = [];
    }
    this.#said.delete(key);
    await this.#parts.kept.set(`${prefix}${key}`, undefined);
  }

  async #keep(key: string, said: Said): Promise<void> {
    this.#said.set(key, said);
    await this.#parts.kept.set(`${prefix}${key}`, JSON.stringify(said));
  }

  /** @returns false: the room never takes it; undefined: not now. */
  async #post(room: string, text: string, people: readonly string[], id: string): Promise<boolean | undefined> {
    const message = {
      text: plainLine(text),
      mentions: accountsOf(this.#parts.estate(), people),
      notify: people.length > 0,
      thread: undefined,
      card: { kind: 'notice' as const },
    };
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
    const inOutage = new Set(
      runs.filter(run => run.outageBegun !== undefined && !outageIsOver(run)).map(run => run.environment),
    );
    const called = Object.values(estate().environments).filter(one => inOutage.has(one.name) && concerns(one));
    return [...new Set(called.flatMap(one => one.page))];
  }

  #workRooms(): readonly string[] {
    return [...new Set(Object.values(this.#parts.estate().environments).map(one => one.work))].filter(
      // An alias whose room isn't known yet.
      room => !room.startsWith('#'),
    );
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
