import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Entry, NewEntry } from '#core/entries.ts';
import { hashOf } from '#core/hash.ts';
import type { Clock } from '#ports/clock.ts';
import type { Head, Journal, Leases, NamedLeases } from '#ports/journal.ts';
import { proposal } from '#test/builders/journal-entries.ts';

/** One process that uses the store: its own connection, its own memory. */
export interface JournalProcess {
  readonly journal: Journal & Leases & NamedLeases;
  readonly clock: Clock;
  due(): Promise<readonly string[]>;
  /** The store does what it is asked next, and the answer is lost. */
  loseNextReply(): void;
}

export interface JournalHarness {
  /** Another process on the same store and mirror. */
  process(): Promise<JournalProcess>;
  /** The same, with a mirror that can't be written. */
  processWithoutDisk(): Promise<JournalProcess>;
  /** The store is killed at once and comes back with what was on its disk. */
  killStore(): Promise<void>;
  /** A copy of the store's disk, to come back with later. */
  copyStore(): Promise<string>;
  /** The store comes back with an older disk; undefined: an empty one. */
  storeComesBackWith(copy: string | undefined): Promise<void>;
  /** Moves store time. */
  advance(ms: number): Promise<void>;
  /** ms, read from the store itself. */
  storeTime(): Promise<number>;
  /** What the mirror's disk holds of a run, read by nobody's memory. */
  mirrored(run: string): readonly Entry[];
  stop(): Promise<void>;
}

/** What the suites of the journal start from: two processes on an empty store, before each test. */
export interface JournalBench {
  readonly harness: JournalHarness;
  readonly one: JournalProcess;
  readonly other: JournalProcess;
  cause(): string;
  environment(): string;
  /** A run that `one` made. */
  propose(targets?: readonly string[], environment?: string): Promise<string>;
  headOf(process: JournalProcess, run: string): Promise<Head>;
  /** Appends at the present head. */
  added(process: JournalProcess, run: string, ...entries: NewEntry[]): Promise<readonly Entry[]>;
}

let counted = 0;

/** Registers the hooks; what it returns is to be used inside tests. */
export function journalBench(open: () => Promise<JournalHarness>): JournalBench {
  let harness: JournalHarness;
  let one: JournalProcess;
  let other: JournalProcess;

  beforeAll(async () => {
    harness = await open();
  });
  afterAll(() => harness.stop());
  beforeEach(async () => {
    one = await harness.process();
    other = await harness.process();
  });
  afterEach(() => harness.storeComesBackWith(undefined));

  const unique = (word: string) => {
    counted += 1;
    return `${word}${counted}`;
  };
  const headOf = async (process: JournalProcess, run: string): Promise<Head> => {
    const last = (await process.journal.read(run)).at(-1);
    return last === undefined ? { seq: 0, hash: '' } : { seq: last.seq, hash: hashOf(last) };
  };
  return {
    get harness() {
      return harness;
    },
    get one() {
      return one;
    },
    get other() {
      return other;
    },
    cause: () => unique('$event'),
    environment: () => unique('env'),
    async propose(targets = ['copr-keygen-dev'], environment = unique('env')) {
      const made = await one.journal.propose(proposal(environment, targets, unique('$event')));
      if (!('run' in made)) throw new Error(`locked by ${made.lockedBy}`);
      return made.run;
    },
    headOf,
    async added(process, run, ...entries) {
      const appended = await process.journal.append(run, await headOf(process, run), entries);
      if (!appended.ok) throw new Error(appended.why);
      return appended.entries;
    },
  };
}
