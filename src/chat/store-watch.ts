import { Halt } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { ChatWriter } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';
import { calling } from './cards.ts';
import type { ChatEstate } from './chat-estate.ts';
import { noticeOf, workRooms } from './notice-of.ts';
import { onCall } from './on-call.ts';

export interface StoreWatchParts {
  /** Past every queue: what queues is kept in the store. */
  readonly chat: Pick<ChatWriter, 'post'>;
  readonly estate: () => ChatEstate;
  /** Runs that haven't ended, of the store. */
  readonly open: () => Promise<readonly Run[]>;
  /** All runs, of the mirror, which answers when the store doesn't. */
  readonly mirrored: () => Promise<readonly Run[]>;
  /** Writes something into the store, and beside it. @throws what is amiss. May never answer. */
  readonly probe: () => Promise<void>;
  /** Which lease of the chat account is ours, or was last. undefined: another process speaks. */
  readonly speaksFor: () => number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the store is tried, how long it may take, and for how long it fails before people hear of it; ms. */
  readonly timing?: { readonly every: number; readonly answers: number; readonly lasts: number };
}

/** A store that restarts, or one long write, is no news. */
const usual = { every: 2_000, answers: 5_000, lasts: 10_000 };

interface Trouble {
  readonly since: number;
  readonly lease: number;
  readonly why: string;
  told: string[];
  called: boolean;
}

/**
 * Tries the store, and says in the work rooms when nothing can be recorded: one line while it is so, one when it is over;
 * on-call is called while an outage is on. It needs nothing of the store for that.
 */
export class StoreWatch {
  readonly #parts: StoreWatchParts;
  #people: readonly string[] = [];
  #trouble: Trouble | undefined;
  #failsSince: number | undefined;

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
  }

  /** Until the signal fires. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timing = usual } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(timing.every, signal).catch(() => undefined);
      if (!signal.aborted) await this.look().catch(error => this.#couldNot(error));
    }
  }

  /** One look. */
  async look(): Promise<void> {
    const { clock, timing = usual, probe, speaksFor, log } = this.#parts;
    const why = (await this.#amiss(probe)) ?? (await this.#mirrorAmiss());
    if (why === undefined) {
      this.#failsSince = undefined;
      await this.#over();
      return;
    }
    this.#failsSince ??= clock.now();
    if (clock.now() - this.#failsSince < timing.lasts) return;
    const lease = speaksFor();
    if (this.#trouble === undefined) {
      log.error({ why }, 'the store takes no writes: nothing moves');
      if (lease === undefined) return;
      await this.#rememberMore();
      this.#trouble = { since: this.#failsSince, lease, why, told: [], called: false };
    }
    await this.#say(this.#trouble);
  }

  async #say(trouble: Trouble): Promise<void> {
    const people = this.#people;
    if (people.length > 0 && !trouble.called) Object.assign(trouble, { called: true, told: [] });
    const text = `${calling(people)}${trouble.why}: nothing is recorded, so nothing moves and no command is taken until that is mended.`;
    for (const room of workRooms(this.#parts.estate())) {
      if (trouble.told.includes(room)) continue;
      if (await this.#post(room, text, people, `${trouble.lease}.${trouble.since}.${trouble.called}`))
        trouble.told.push(room);
    }
  }

  async #over(): Promise<void> {
    const trouble = this.#trouble;
    this.#trouble = undefined;
    for (const room of trouble?.told ?? []) {
      await this.#post(
        room,
        'My store takes writes again: runs go on.',
        [],
        `${trouble?.lease}.${trouble?.since}.over`,
      );
    }
  }

  /** An outage may have begun since the store was asked last. */
  async #rememberMore(): Promise<void> {
    const { mirrored, estate } = this.#parts;
    const runs = await this.#inTime(mirrored()).catch(() => []);
    const open = runs.filter(run => run.ended === undefined);
    this.#people = [...new Set([...this.#people, ...onCall(open, estate(), () => true)])];
  }

  /** Whom to call if the store goes away now: then it can't be asked any more. */
  async #remember(): Promise<void> {
    const { open, estate } = this.#parts;
    const runs = await this.#inTime(open());
    this.#people = onCall(runs, estate(), () => true);
  }

  async #amiss(probe: () => Promise<void>): Promise<string | undefined> {
    try {
      await this.#inTime(probe());
      return undefined;
    } catch (error) {
      return whyOf(error as Error);
    }
  }

  /** A disk may have room for the probe and none for what is read of a run: then nothing of it goes on. */
  async #mirrorAmiss(): Promise<string | undefined> {
    try {
      await this.#remember();
    } catch (error) {
      if (error instanceof Halt && error.code === 'mirror-failed') return whyOf(error);
      this.#couldNot(error);
    }
    return undefined;
  }

  async #inTime<T>(call: Promise<T>): Promise<T> {
    const { timing = usual } = this.#parts;
    const ended = new AbortController();
    const late = this.#parts.clock.sleep(timing.answers, ended.signal).then(() => {
      throw new Error('no answer');
    });
    late.catch(() => undefined);
    call.catch(() => undefined);
    try {
      return await Promise.race([call, late]);
    } finally {
      ended.abort();
    }
  }

  async #post(room: string, text: string, people: readonly string[], what: string): Promise<boolean> {
    const message = noticeOf(this.#parts.estate(), text, people);
    try {
      const txn = `ferry.store.${what}.${room}`.replace(/[^A-Za-z0-9._-]/g, '.');
      await this.#parts.chat.post(room, message, txn);
      return true;
    } catch (error) {
      this.#couldNot(error);
      return false;
    }
  }

  #couldNot(error: unknown): void {
    this.#parts.log.warn({ error: String(error) }, 'that the store takes no writes could not be said');
  }
}

/** In words for people; the store's own words hold no secrets, but are long. */
function whyOf({ message }: Error): string {
  if (message.startsWith('READONLY')) return 'My store is read-only (a replica: READONLY)';
  if (message.startsWith('OOM')) return 'My store is full (OOM: maxmemory)';
  if (message.startsWith('MISCONF')) return "My store can't write to its disk (MISCONF)";
  if (/ENOSPC/.test(message)) return 'The disk of my state folder is full';
  if (/EROFS|EACCES|to its mirror/.test(message)) return "My state folder can't be written";
  return "My store doesn't answer";
}
