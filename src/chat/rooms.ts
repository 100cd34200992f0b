import { FerryError, Refused } from '#core/errors.ts';
import type { ChatReader, ChatWriter, Placed } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Kept } from '#ports/kept.ts';
import type { Log } from '#ports/log.ts';
import type { Impaired } from './impaired.ts';

export interface RoomsParts {
  readonly chat: Pick<ChatReader, 'room'> &
    Pick<ChatWriter, 'join' | 'leave'> & {
      /** A room's id. @throws Refused `chat-not-found`: there is none of that name. Unknown. */
      resolve(name: string): Promise<string>;
    };
  /** Rooms that the estate names now: by id, or by an alias. */
  readonly names: () => readonly string[];
  /** Told of the ids that names stand for, as they are found. */
  readonly know: (ids: ReadonlyMap<string, string>) => void;
  readonly kept: Kept;
  readonly impaired: Impaired;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often a room that is well is looked at without a hint, ms. */
const lookEvery = 60_000;
const firstBackoff = 500;
const longestBackoff = 60_000;
/** How often the estate's names are compared with what is known, ms. */
const tickEvery = 250;

/** Why a room can't be served, in words for people; undefined: it can. */
type Verdict = string | undefined;

interface Known {
  id: string | undefined;
  /** undefined: not told yet. */
  verdict: { readonly why: Verdict } | undefined;
  lookAt: number;
  failures: number;
  looking: boolean;
  /** Looked at again as soon as the look under way is over. */
  again: boolean;
}

/**
 * The rooms that the estate names: finds them, comes in where it is let in, and sees whether they can be served. Each by
 * itself, again and again with growing pauses: one that is encrypted, replaced or closed to us, or a server that doesn't
 * answer, keeps no other from being served.
 */
export class Rooms {
  readonly #parts: RoomsParts;
  readonly #rooms = new Map<string, Known>();
  /** Rooms that we were asked into, which may be the estate's or nobody's. */
  readonly #invitations = new Set<string>();

  constructor(parts: RoomsParts) {
    this.#parts = parts;
  }

  /** Whether it is known of every name which room it stands for, or that there is none: only then is another room nobody's. */
  get allFound(): boolean {
    return this.#parts.names().every(name => {
      const known = this.#rooms.get(name);
      return known?.id !== undefined || known?.verdict !== undefined;
    });
  }

  /** Looks at the rooms until the signal fires. Never throws. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      try {
        this.#tick();
        await this.#answerInvitations();
        await clock.sleep(tickEvery, signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ error: String(error) }, 'the rooms could not be looked at');
      }
    }
  }

  /** A hint that a room may stand otherwise now. */
  changed(room: string): void {
    for (const [name, known] of this.#rooms) if (known.id === room) this.#soon(name, known);
  }

  /** We were asked into a room: one of the estate's is joined, any other invitation is declined. */
  async invited(room: string): Promise<void> {
    await this.#parts.kept.set(putOut(room), undefined);
    this.#invitations.add(room);
    await this.#answerInvitations();
  }

  /** Our place in a room changed. Whoever was put out comes in again only when asked. */
  async placed(
    { room, membership, sender }: Pick<Placed, 'room' | 'membership' | 'sender'>,
    self: string,
  ): Promise<void> {
    const isPutOut = (membership === 'leave' || membership === 'ban') && sender !== self;
    await this.#parts.kept.set(putOut(room), isPutOut ? sender : undefined);
    this.changed(room);
  }

  #tick(): void {
    const names = this.#parts.names();
    for (const name of this.#rooms.keys()) if (!names.includes(name)) this.#forget(name);
    const now = this.#parts.clock.now();
    for (const name of names) {
      const known = this.#rooms.get(name) ?? this.#learn(name);
      if (!known.looking && known.lookAt <= now) void this.#look(name, known);
    }
  }

  async #answerInvitations(): Promise<void> {
    for (const room of this.#invitations) {
      const isOurs = [...this.#rooms.values()].some(known => known.id === room);
      if (!isOurs && !this.allFound) continue;
      this.#invitations.delete(room);
      if (isOurs) this.changed(room);
      else await this.#parts.chat.leave(room);
    }
  }

  #learn(name: string): Known {
    const known: Known = { id: undefined, verdict: undefined, lookAt: 0, failures: 0, looking: false, again: false };
    this.#rooms.set(name, known);
    return known;
  }

  /** The estate doesn't name it any more: nothing is amiss with it either. */
  #forget(name: string): void {
    this.#rooms.delete(name);
    void this.#parts.impaired.over(keyOf(name), undefined);
  }

  #soon(name: string, known: Known): void {
    known.lookAt = 0;
    known.again = known.looking;
    if (!known.looking) void this.#look(name, known);
  }

  async #look(name: string, known: Known): Promise<void> {
    const { clock, log } = this.#parts;
    known.looking = true;
    known.again = false;
    try {
      const why = await this.#judge(name, known);
      known.failures = 0;
      known.lookAt = clock.now() + lookEvery;
      await this.#tell(name, known, why);
    } catch (error) {
      known.failures += 1;
      known.lookAt = clock.now() + Math.min(longestBackoff, firstBackoff * 2 ** Math.min(10, known.failures - 1));
      if (known.failures === 1) log.warn({ room: name, error: String(error) }, 'a room could not be looked at yet');
    } finally {
      known.looking = false;
      if (known.again) known.lookAt = 0;
    }
  }

  async #judge(name: string, known: Known): Promise<Verdict> {
    const { chat } = this.#parts;
    const id = await this.#resolve(name);
    if (id === undefined) return `${name} can't be found: the chat server knows no such room. Mend it in the estate.`;
    if (known.id !== id) {
      known.id = id;
      this.#parts.know(this.#ids());
    }
    const state = (await chat.room(id)) ?? (await this.#comeIn(id));
    if (typeof state === 'string') return `${state.replace('ROOM', name)}`;
    if (state.replacedBy !== undefined) {
      const by = state.replacedBy === '' ? 'another one' : state.replacedBy;
      return `${name} was replaced by ${by}: put that one into the estate, and invite me there.`;
    }
    if (state.encrypted) {
      return `${name} is encrypted, and I can't read there: put a room without encryption into the estate.`;
    }
    return undefined;
  }

  /** @returns why we stay outside, where that is certain. */
  async #comeIn(id: string): Promise<NonNullable<Awaited<ReturnType<ChatReader['room']>>> | string> {
    const { chat, kept } = this.#parts;
    const by = await kept.get(putOut(id));
    if (by !== undefined) return `I was put out of ROOM by ${by}: invite me again.`;
    try {
      await chat.join(id);
    } catch (error) {
      const isNo = error instanceof Refused && ['chat-forbidden', 'chat-not-found'].includes(error.code);
      if (isNo) return "I'm not in ROOM, and it doesn't let me in: invite me.";
      throw error;
    }
    return (await chat.room(id)) ?? "I'm not in ROOM: invite me.";
  }

  /** Where the server can't say it now, a room is the one that it was before. @returns undefined: there is none. */
  async #resolve(name: string): Promise<string | undefined> {
    const { chat, kept } = this.#parts;
    if (!name.startsWith('#')) return name;
    try {
      const id = await chat.resolve(name);
      await kept.set(`room/${name}`, id);
      return id;
    } catch (error) {
      if (error instanceof Refused && error.code === 'chat-not-found') return undefined;
      const before = error instanceof FerryError ? await kept.get(`room/${name}`) : undefined;
      if (before === undefined) throw error;
      return before;
    }
  }

  #ids(): Map<string, string> {
    return new Map([...this.#rooms].flatMap(([name, { id }]) => (id === undefined ? [] : [[name, id] as const])));
  }

  async #tell(name: string, known: Known, why: Verdict): Promise<void> {
    const { impaired, log } = this.#parts;
    if (known.verdict === undefined || known.verdict.why !== why) {
      known.verdict = { why };
      if (why === undefined) log.info({ room: name }, 'a room is served');
      else log.error({ room: name, why }, 'a room can not be served');
    }
    if (why === undefined) await impaired.over(keyOf(name), `${name} is served again.`);
    else await impaired.is({ key: keyOf(name), sentence: why, room: { id: known.id, name } });
  }
}

function keyOf(name: string): string {
  return `room/${name}`;
}

function putOut(room: string): string {
  return `put-out/${room}`;
}
