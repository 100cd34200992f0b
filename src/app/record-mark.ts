import { farthest, markText, type RecordHeads, readMark } from '#core/record-heads.ts';
import type { Run } from '#core/run.ts';
import type { JournalKey } from '#core/seal.ts';
import type { ChatRecord } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';
import type { Mirror } from '#ports/mirror.ts';

export interface RecordMarkParts {
  /** Which store it is. */
  readonly store: string;
  readonly key: JournalKey;
  readonly mirror: Mirror;
  /** Whether the store holds all that anybody here knows of. */
  readonly isWhole: () => Promise<boolean>;
  /** Calls back with a run's id after each append by any process; returns how to stop. */
  readonly onAppend: (listener: (run: string) => void) => () => void;
  readonly clock: Pick<Clock, 'sleep' | 'now'>;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

/** How often it is looked whether something is to be written, how often what is no turning point is, how often it is read; ms. */
const looks = 500;
const writes = 30_000;
const reads = 30_000;

/**
 * How far the journals have come, kept in the chat account: a third place beside store and mirror, which knows better where both
 * are older than they should be. Nothing waits for it: what the chat doesn't take now is written when it does.
 */
export class RecordMark {
  readonly #parts: RecordMarkParts;
  #heads: RecordHeads = new Map();
  /** By run, what was so of it when it was written last. */
  readonly #turns = new Map<string, string>();

  constructor(parts: RecordMarkParts) {
    this.#parts = parts;
  }

  /** As the account said last. */
  get heads(): RecordHeads {
    return this.#heads;
  }

  /**
   * Reads it. One of another store, or that somebody wrote who hasn't the key, says nothing.
   *
   * @param older whether an older record is gone on with, on purpose: what is there now holds from here on.
   * @throws whatever the chat throws.
   */
  async read(chat: ChatRecord, older = false): Promise<void> {
    const { key, store, log } = this.#parts;
    if (older) {
      this.#heads = new Map();
      await this.#write(chat);
      return;
    }
    const text = await chat.record();
    const heads = readMark(key, store, text);
    if (heads === undefined && text !== undefined)
      log.warn({}, 'how far the journals have come is not said by the chat account: it is of another store, or forged');
    this.#heads = heads ?? new Map();
  }

  /** Reads it now and then, until the signal fires. What can't be read changes nothing. */
  async watch(chat: ChatRecord, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(reads, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.read(chat).catch(error => log.warn({ error: String(error) }, 'the mark of the record was not read'));
    }
  }

  /** Writes it until the signal fires: at once at each turning point of a run, otherwise now and then. Never throws. */
  async keep(chat: ChatRecord, get: (run: string) => Promise<Run | undefined>, signal: AbortSignal): Promise<void> {
    const { clock, log, onAppend } = this.#parts;
    const went = new Set<string>();
    const stop = onAppend(run => went.add(run));
    let due = clock.now();
    let failed = false;
    // Whoever had the account before may have come farther than this process knows.
    let known = false;
    while (!signal.aborted) {
      try {
        await clock.sleep(looks, signal);
        const late = clock.now() >= due;
        const turned = !failed && (await this.#turned(went, get));
        if (!(turned || (late && (went.size > 0 || !known)))) continue;
        due = clock.now() + writes;
        const all = [...went];
        if (!known) await this.read(chat);
        known = true;
        if (!(await this.#parts.isWhole())) continue;
        await this.#write(chat);
        for (const run of all) went.delete(run);
        failed = false;
      } catch (error) {
        if (!signal.aborted && !failed)
          log.warn({ error: String(error) }, 'the mark of the record was not written yet');
        failed = true;
      }
    }
    stop();
  }

  /** Whether one of the runs came to a turning point: proposed, asked, answered, started, begun, turned back, over. */
  async #turned(runs: ReadonlySet<string>, get: (run: string) => Promise<Run | undefined>): Promise<boolean> {
    let turned = false;
    for (const id of runs) {
      const run = await get(id);
      if (run === undefined) continue;
      const { requests, started, outageBegun, window, turning, ended } = run;
      const now = JSON.stringify([requests.map(one => one.status), started, outageBegun, window, turning?.at, ended]);
      if (this.#turns.get(id) !== now) turned = true;
      this.#turns.set(id, now);
    }
    return turned;
  }

  async #write(chat: ChatRecord): Promise<void> {
    const { mirror, key, store } = this.#parts;
    const mirrored = new Map<string, { seq: number; hash: string; at: number }>();
    for (const run of await mirror.runs()) {
      const { seq, hash, at } = await mirror.head(run);
      if (seq > 0) mirrored.set(run, { seq, hash, at });
    }
    const heads = farthest(this.#heads, mirrored);
    await chat.setRecord(markText(key, store, heads));
    this.#heads = heads;
  }
}
