import { judgeRequest, plainEmoji, type Reading, unreadable, type Voters } from '#core/approval.ts';
import type { NewEntry } from '#core/entries.ts';
import { preview } from '#core/preview.ts';
import { isAlive, type Posted, type RequestState, type Run } from '#core/run.ts';
import { isCarriedOut } from '#core/skips.ts';
import type { RunsService } from '#engine/runs.ts';
import type { ChatReader } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';
import { both } from './cards.ts';
import { type ChatEstate, environmentOf, personOf, policyOf } from './chat-estate.ts';
import type { Impaired } from './impaired.ts';
import { inTime } from './in-time.ts';
import { roomOfRun } from './run-room.ts';

/** Whether a hint is about a request that stands there. */
type IsAbout = (posted: Posted) => boolean;

/** What a command says to a run that was judged by a fresh reading: entries, or why not. */
export type Judged = { readonly entries: readonly NewEntry[] } | { readonly refused: string };

/** What somebody wants recorded after a reading, and what became of it; given up, it is never recorded. */
interface Wish {
  readonly judge: (run: Run, now: number) => Judged;
  is: 'waiting' | 'taken' | 'given-up';
}

export interface WatchParts {
  readonly runs: RunsService;
  readonly reader: ChatReader;
  readonly estate: () => ChatEstate;
  readonly clock: Clock;
  readonly log: Log;
  /** Where it is said that answers can't be read. */
  readonly impaired?: Pick<Impaired, 'is' | 'over'>;
  /** How long somebody waits for the reading that their command needs, what is read of the run already included, ms. */
  readonly commandWithin?: number;
}

/** How long the others' answers wait for the lookup of one account, ms. */
const lookupWithin = 1_000;

/** With what an answer takes besides, whoever types a command knows within 2 s. */
const usualCommandWithin = 1_700;

/** So many readings in a row have to fail before people hear of it; some seconds. */
const lasting = 3;

/**
 * Reads what people answered to the requests: every event is only a hint to look, and what counts is a fresh read of the
 * chat server, judged by core and recorded. What can't be read whole is read again later, and allows nothing meanwhile.
 */
export class RequestWatch {
  readonly #parts: WatchParts;
  /** Readings of one run follow each other, so that an older one is never judged after a newer one. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #again = new Map<string, { at: number; failures: number }>();
  /** Looks that haven't begun: one more hint changes nothing about them. */
  readonly #looks = new Map<string, Promise<void>>();
  /** Hints that came since the runs were listed, and the look that will be for all of them. */
  #hinted: { readonly about: IsAbout[]; readonly look: Promise<void> } | undefined;
  #listing: Promise<unknown> = Promise.resolve();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** A reaction came: looks at the run whose request it was put on, if it was. However many come at once, it is one look. */
  reacted(room: string, to: string): Promise<void> {
    return this.#hint(posted => posted.room === room && posted.event === to);
  }

  /** Something was deleted, or a membership changed, in a room: looks at every request there. */
  changed(room: string): Promise<void> {
    return this.#hint(posted => posted.room === room);
  }

  /** At start and after each reconnect: what was answered meanwhile is found by reading. */
  lookAtAll(): Promise<void> {
    return this.#hint(() => true);
  }

  #hint(isAbout: IsAbout): Promise<void> {
    if (this.#hinted === undefined) {
      const about: IsAbout[] = [];
      const look = this.#listing.then(() => {
        this.#hinted = undefined;
        return this.#lookAt(about);
      });
      this.#hinted = { about, look };
    }
    this.#hinted.about.push(isAbout);
    return this.#hinted.look;
  }

  async #lookAt(about: readonly IsAbout[]): Promise<void> {
    const listed = this.#parts.runs.list({ open: true });
    this.#listing = listed.catch(() => undefined);
    const hinted = (await listed).filter(run =>
      asked(run).some(request => {
        const posted = postedAt(run, request);
        return posted !== undefined && about.some(isAbout => isAbout(posted));
      }),
    );
    await Promise.all(hinted.map(run => this.look(run.id)));
  }

  /** Readings that failed and are due again. */
  async tick(): Promise<void> {
    const now = this.#parts.clock.now();
    await Promise.all([...this.#again].map(([id, { at }]) => (at <= now ? this.look(id) : undefined)));
  }

  /** Reads a run's requests and records what follows. A failing read is logged and tried again. */
  look(id: string): Promise<void> {
    const waiting = this.#looks.get(id);
    if (waiting !== undefined) return waiting;
    const look = this.#inTurn(id, () => {
      this.#looks.delete(id);
      return this.#look(id);
    });
    this.#looks.set(id, look);
    return look;
  }

  async #look(id: string): Promise<void> {
    try {
      await this.#recordFresh(id, undefined, { judge: () => ({ entries: [] }), is: 'waiting' });
    } catch (error) {
      this.#doubt(
        id,
        `The answers to ${id} can't be read (${(error as Error).message}): nothing is approved until they can.`,
      );
      this.#parts.log.warn({ run: id, error: String(error) }, 'the answers to a request could not be read yet');
    }
  }

  /** What can't be read is looked at again; once that lasts, people hear of it. */
  #doubt(id: string, sentence: string): void {
    const failures = (this.#again.get(id)?.failures ?? 0) + 1;
    const at = this.#parts.clock.now() + Math.min(60_000, 500 * 2 ** Math.min(7, failures));
    this.#again.set(id, { at, failures });
    if (failures < lasting) return;
    const environments = Object.keys(this.#parts.estate().environments).filter(one => id.startsWith(`${one}-`));
    void this.#parts.impaired?.is({ key: `answers/${id}`, sentence, environments });
  }

  #certain(id: string): void {
    this.#again.delete(id);
    void this.#parts.impaired?.over(`answers/${id}`, `All answers to ${id} can be read again.`);
  }

  /**
   * Reads a run's requests once more, and appends what follows from them together with what `judge` derives from the run as
   * it is then. With a cause it is done once.
   *
   * @returns why it was refused, if it was; what the reading brought is recorded all the same.
   * @throws Unknown when the chat can't be read whole, or not soon: what `judge` derives isn't recorded, now or later.
   */
  async recordFresh(
    id: string,
    cause: string | undefined,
    judge: (run: Run, now: number) => Judged,
  ): Promise<string | undefined> {
    const { clock, commandWithin = usualCommandWithin } = this.#parts;
    const wish: Wish = { judge, is: 'waiting' };
    const recorded = this.#inTurn(id, () => this.#recordFresh(id, cause, wish));
    try {
      const late = 'the chat server takes too long to say who answered';
      return await inTime(clock, commandWithin, late, recorded);
    } catch (error) {
      // It is being recorded: the store answers, whatever the chat does.
      if (wish.is === 'taken') return recorded;
      wish.is = 'given-up';
      throw error;
    }
  }

  #inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(act);
    this.#turns.set(
      id,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #recordFresh(id: string, cause: string | undefined, wish: Wish): Promise<string | undefined> {
    const { runs, estate } = this.#parts;
    const { judge } = wish;
    // Nobody waits for it any more, and a look of its own reads what there is.
    if (wish.is === 'given-up') return undefined;
    const known = await runs.get(id);
    if (known === undefined) return `there is no run ${id}`;
    const { readings, problem } = await this.#readEach(known);
    // What people decide now relies on all of it; what is only looked at, on each by itself.
    if (cause !== undefined && problem !== undefined) throw problem;
    let refused: string | undefined;
    let unclear: string[] = [];
    await runs.record(id, undefined, (run, now) => {
      refused = undefined;
      unclear = [];
      if (cause !== undefined && run.causes.has(cause)) return [];
      const voters = this.#voters(run, estate());
      const judged = run.requests.flatMap(request => {
        const reading = readings.get(request.request);
        return reading === undefined ? [] : judgeRequest(run, request, reading, voters, now);
      });
      // What is derived besides must hold without any answer that can't be judged now, and against none that rejects.
      const doubts: NewEntry[] = [];
      for (const request of run.requests.filter(isAlive)) {
        const reading = readings.get(request.request);
        for (const { person, rejects } of reading === undefined ? [] : unreadable(reading, voters)) {
          unclear.push(person);
          if (rejects && cause !== undefined) refused ??= notNow([person]);
          doubts.push({ type: 'withdrawn', request: request.request, person, saw: "it can't be read" });
        }
      }
      // Whoever said it was told that it isn't taken.
      if (refused !== undefined || wish.is === 'given-up') return judged;
      const more = judge(preview(run, [...judged, ...doubts], now), now);
      if ('refused' in more) {
        const without = unclear.length > 0 && !('refused' in judge(preview(run, judged, now), now));
        refused = without ? notNow(unclear) : more.refused;
        return judged;
      }
      const [first, ...rest] = more.entries;
      if (first === undefined) return judged;
      wish.is = 'taken';
      return [...judged, cause === undefined ? first : { ...first, cause }, ...rest];
    });
    if (problem !== undefined) throw problem;
    if (unclear.length === 0) this.#certain(id);
    else
      this.#doubt(
        id,
        `Whether ${both([...new Set(unclear)])} may answer ${id} can't be read: it doesn't count until it can.`,
      );
    return refused;
  }

  /** Reads each request by itself. @returns what could be read, and why something couldn't. */
  async #readEach(run: Run): Promise<{ readings: ReadonlyMap<string, Reading>; problem: unknown }> {
    const readings = new Map<string, Reading>();
    let problem: unknown;
    const read = async ({ request }: RequestState, posted: Posted) => {
      try {
        readings.set(request, await this.#read(run, posted));
      } catch (error) {
        problem ??= error;
      }
    };
    await Promise.all(
      asked(run).map(request => {
        const posted = postedAt(run, request);
        return posted === undefined ? undefined : read(request, posted);
      }),
    );
    return { readings, problem };
  }

  async #read(run: Run, { room, event, cameIn }: Posted): Promise<Reading> {
    const { reader, estate } = this.#parts;
    const rules = estate();
    const { approvers } = environmentOf(rules, run.environment);
    const counts = new Set([plainEmoji(rules.approve), plainEmoji(rules.reject)]);
    const now = await reader.cameIn(room);
    // Who works in another room now answers there, and looks for no request here.
    const moved = room !== roomOfRun(run, rules);
    const missed = moved || (cameIn !== undefined && cameIn !== now);
    const away = now === undefined ? 'out' : missed ? 'back' : undefined;
    if (away === 'out') return { gone: false, away, reactions: [], members: {} };
    const { gone, reactions } = await reader.reactions(room, event);
    const votes = reactions.filter(one => counts.has(plainEmoji(one.emoji)));
    // Nobody else's place in the room is asked for: they don't count anyway.
    const isApprover = (account: string) => approvers.includes(personOf(rules, account) ?? '');
    const accounts = [...new Set(votes.map(one => one.sender).filter(isApprover))];
    const members = await Promise.all(accounts.map(async account => [account, await this.#member(room, account)]));
    return {
      gone,
      away,
      reactions: votes.map(one => ({ event: one.event, account: one.sender, emoji: one.emoji })),
      members: Object.fromEntries(members),
    };
  }

  /** One account that can't be read, or not soon, keeps nobody else's answer from being judged. */
  async #member(room: string, account: string): Promise<Reading['members'][string]> {
    const { reader, clock, log } = this.#parts;
    try {
      const late = 'the chat server takes too long to say who somebody is';
      return await inTime(clock, lookupWithin, late, reader.member(room, account));
    } catch (error) {
      log.warn({ account, error: String(error) }, 'it can not be read whether an account counts');
      return 'unreadable';
    }
  }

  #voters(run: Run, estate: ChatEstate): Voters {
    return {
      ...policyOf(estate, run.environment),
      self: this.#parts.reader.self,
      personOf: account => personOf(estate, account),
      approve: estate.approve,
      reject: estate.reject,
    };
  }
}

function notNow(people: readonly string[]): string {
  const them = both([...new Set(people)]);
  return `whether the answer of ${them} counts can't be read from the chat server now: say it again in a moment.`;
}

/** Requests whose answers count: open ones, and approved ones that may still be taken back. */
function asked(run: Run): RequestState[] {
  if (run.ended !== undefined) return [];
  return run.requests.filter(request => isAlive(request) && !isCarriedOut(run, request));
}

function postedAt(run: Run, request: RequestState) {
  return run.posted[`request/${request.request}`];
}
