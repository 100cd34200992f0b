import type { NewEntry } from '#core/entries.ts';
import { advance, fold } from '#core/fold.ts';
import type { Run } from '#core/run.ts';
import type { Journal, Lease } from '#ports/journal.ts';
import { OtherOutage } from './other-outage.ts';
import { Stopped } from './stopped.ts';

/** The lease is gone: this process makes no further effect on the run. */
export class LeaseLost extends Error {
  constructor(run: string) {
    super(`the lease of ${run} is lost`);
    this.name = 'LeaseLost';
  }
}

/**
 * A folded run that follows its journal. All appends of a process to one run go through one handle, one after the other;
 * whoever appends says what follows from the state, and is asked again when the journal went on meanwhile.
 */
export class RunHandle {
  readonly id: string;
  readonly #journal: Journal;
  readonly #lease: Lease | undefined;
  #run: Run;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(id: string, journal: Journal, lease: Lease | undefined, run: Run) {
    this.id = id;
    this.#journal = journal;
    this.#lease = lease;
    this.#run = run;
  }

  /** @throws Error when there is no such run. */
  static async open(id: string, journal: Journal, lease?: Lease): Promise<RunHandle> {
    const entries = await journal.read(id);
    if (entries.length === 0) throw new Error(`there is no run ${id}`);
    return new RunHandle(id, journal, lease, fold(entries));
  }

  get run(): Run {
    return this.#run;
  }

  /**
   * Appends what `judge` derives from the state at the very head that the append checks. On a conflict the handle catches
   * up and asks again; `judge` returning nothing ends it without an append.
   *
   * @throws Stopped when the run stands, since it holds what isn't known or believed; LeaseLost when the handle was opened with a lease and another has it; OtherOutage when the entries begin an outage
   * beside one of the environment.
   */
  async record(judge: (run: Run) => readonly NewEntry[]): Promise<void> {
    const turn = this.#queue.then(() => this.#record(judge));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #record(judge: (run: Run) => readonly NewEntry[]): Promise<void> {
    for (;;) {
      const entries = judge(this.#run);
      if (entries.length === 0) return;
      if (this.#run.strange !== undefined) throw new Stopped(this.#run.strange);
      const options = this.#lease === undefined ? {} : { lease: this.#lease };
      const appended = await this.#journal.append(this.id, this.#run.head, entries, options);
      if (appended.ok) {
        for (const entry of appended.entries) advance(this.#run, entry);
        return;
      }
      if (appended.why === 'lease-lost') throw new LeaseLost(this.id);
      if (appended.why === 'other-outage') throw new OtherOutage(this.id, appended.other);
      await this.#catchUp();
    }
  }

  /** Reads what others appended. @returns whether there was anything. */
  async catchUp(): Promise<boolean> {
    const turn = this.#queue.then(() => this.#catchUp());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #catchUp(): Promise<boolean> {
    const entries = await this.#journal.read(this.id, this.#run.head.seq);
    for (const entry of entries) advance(this.#run, entry);
    return entries.length > 0;
  }
}
