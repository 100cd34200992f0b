import type { ChatWriter, OutgoingMessage } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Kept } from '#ports/kept.ts';
import type { Log } from '#ports/log.ts';
import type { Lane } from './lanes.ts';
import { isRefusedForGood, postSurely } from './post-surely.ts';

/** What somebody's command is answered. */
export interface OwedAnswer {
  readonly lane: Lane;
  readonly room: string;
  readonly message: OutgoingMessage;
  /** Where the room refuses the answer for good: what its asker is told elsewhere, of each room and asker once. */
  readonly instead?: Instead;
}

/** One line to whoever asked, to the first of these rooms that takes it. */
interface Instead {
  readonly asker: string;
  readonly rooms: readonly string[];
  readonly message: OutgoingMessage;
}

/** As it is kept: owed until `given`, and kept a while longer, so that an event that comes again is known. */
interface Note {
  readonly at: number;
  readonly owed?: OwedAnswer;
}

/** How long a command that was answered is known by its event, ms: longer than any batch of events takes to settle. */
const knownFor = 60 * 60_000;

const prefix = 'answer/';

/** Who was told that a room refuses their answers, by `deaf/ROOM ACCOUNT`, until it takes one again. */
const deafPrefix = 'deaf/';

/**
 * Answers to commands: kept in the store before the command's event is settled, and owed until they are given, whatever
 * happens to the chat server or to this process. The event's id is in the transaction, so that each is given once.
 */
export class Answers {
  readonly #kept: Kept;
  readonly #lane: (lane: Lane) => ChatWriter;
  readonly #clock: Clock;
  readonly #log: Log;
  #until: AbortSignal | undefined;
  #again = new AbortController();
  /** When each command that was answered was, oldest first. */
  readonly #known = new Map<string, number>();
  readonly #deaf = new Set<string>();

  constructor(parts: {
    readonly kept: Kept;
    readonly lane: (lane: Lane) => ChatWriter;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#kept = parts.kept;
    this.#lane = parts.lane;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Gives what a process before us owed, and what comes, until the signal fires. @throws what the store throws. */
  async open(until: AbortSignal): Promise<void> {
    this.#until = until;
    for (const key of Object.keys(await this.#kept.all(deafPrefix))) this.#deaf.add(key);
    for (const [key, text] of Object.entries(await this.#kept.all(prefix))) {
      const event = key.slice(prefix.length);
      const { at, owed } = JSON.parse(text) as Note;
      this.#known.set(event, at);
      if (owed !== undefined) void this.#give(event, owed);
    }
  }

  /** Whether a command's event was handled: its answer was given, or is owed. @throws what the store throws. */
  async handled(event: string): Promise<boolean> {
    return this.#known.has(event) || (await this.#kept.get(prefix + event)) !== undefined;
  }

  /**
   * Takes it upon us to give an answer; undefined where there is nothing to say. The event may be settled afterwards.
   *
   * @returns the answer's own event, once it was given; undefined when it wasn't by this process.
   * @throws what the store throws: then nothing is owed.
   */
  async owe(event: string, owed: OwedAnswer | undefined): Promise<{ readonly given: Promise<string | undefined> }> {
    const at = this.#clock.now();
    await this.#keep(event, owed === undefined ? { at } : { at, owed });
    this.#known.set(event, at);
    await this.#forget(at);
    return { given: owed === undefined ? Promise.resolve(undefined) : this.#give(event, owed) };
  }

  /** Adds to an answer that was given: what took longer. Not owed: who reads the first part may ask again. */
  async add(event: string, { lane, room, message }: OwedAnswer, to: string): Promise<void> {
    await this.#lane(lane)
      .edit(room, to, message, `${txnOf(event)}.later`)
      .catch(error => this.#log.warn({ event, error: String(error) }, 'an answer could not be added to'));
  }

  /** The chat server answers again: nothing waits for its next attempt. */
  back(): void {
    this.#again.abort();
    this.#again = new AbortController();
  }

  async #give(event: string, owed: OwedAnswer): Promise<string | undefined> {
    const given = await this.#post(event, owed, owed.room, owed.message, txnOf(event));
    if (given === undefined) return undefined;
    if (given.taken !== undefined) {
      await this.#hears(owed);
      await this.#done(event);
      return given.taken;
    }
    if (!(await this.#tellInstead(event, owed))) return undefined;
    await this.#done(event);
    return undefined;
  }

  /** Until it is taken, or refused for good; undefined when we are to end before. */
  async #post(
    event: string,
    { lane }: OwedAnswer,
    room: string,
    message: OutgoingMessage,
    txn: string,
  ): Promise<{ readonly taken: string | undefined } | undefined> {
    const until = this.#until;
    for (let failures = 0; until !== undefined && !until.aborted; failures += 1) {
      try {
        return { taken: await postSurely(this.#lane(lane), room, message, txn) };
      } catch (error) {
        if (until.aborted) return undefined;
        if (isRefusedForGood(error)) {
          this.#log.error({ event, room, error: String(error) }, 'an answer is refused for good and is given up');
          return { taken: undefined };
        }
        if (failures === 0) this.#log.warn({ event, error: String(error) }, 'an answer could not be given yet');
        const pause = Math.min(30_000, 1_000 * 2 ** Math.min(5, failures));
        await this.#clock.sleep(pause, AbortSignal.any([until, this.#again.signal])).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** Tells the asker elsewhere, once. A process that comes after is refused the answer too, and goes on here. @returns whether that is settled. */
  async #tellInstead(event: string, owed: OwedAnswer): Promise<boolean> {
    const { instead } = owed;
    if (instead === undefined) return true;
    const key = deafKey(owed.room, instead.asker);
    if (this.#deaf.has(key)) return true;
    this.#deaf.add(key);
    for (const [index, room] of instead.rooms.entries()) {
      const told = await this.#post(event, owed, room, instead.message, `${txnOf(event)}.instead${index}`);
      if (told === undefined) return false;
      if (told.taken === undefined) continue;
      await this.#kept.set(key, String(this.#clock.now())).catch(error => this.#notKept(event, error));
      return true;
    }
    this.#deaf.delete(key);
    return true;
  }

  /** The room takes answers again: when it refuses one anew, that is news. */
  async #hears({ room, instead }: OwedAnswer): Promise<void> {
    const key = instead === undefined ? '' : deafKey(room, instead.asker);
    if (this.#deaf.delete(key)) await this.#kept.set(key, undefined).catch(error => this.#notKept(key, error));
  }

  /** A store that is away right then has it given again: the same transaction. */
  async #done(event: string): Promise<void> {
    const at = this.#known.get(event) ?? this.#clock.now();
    await this.#keep(event, { at }).catch(error => this.#notKept(event, error));
  }

  #notKept(what: string, error: unknown): void {
    this.#log.warn({ what, error: String(error) }, 'that an answer was given could not be kept');
  }

  #keep(event: string, note: Note): Promise<void> {
    return this.#kept.set(prefix + event, JSON.stringify(note));
  }

  async #forget(now: number): Promise<void> {
    for (const [event, at] of this.#known) {
      if (now - at < knownFor) return;
      const note = await this.#kept.get(prefix + event);
      // What is still owed is kept however old it is.
      if (note !== undefined && (JSON.parse(note) as Note).owed !== undefined) continue;
      await this.#kept.set(prefix + event, undefined);
      this.#known.delete(event);
    }
  }
}

function deafKey(room: string, account: string): string {
  return `${deafPrefix}${room} ${account}`;
}

function txnOf(event: string): string {
  return `ferry.answer.${event.replace(/[^A-Za-z0-9._-]/g, '.')}`;
}
