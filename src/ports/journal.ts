import type { Entry, NewEntry } from '#core/entries.ts';

/** Proof of holding a run's lease. */
export interface Lease {
  readonly run: string;
  readonly holder: string;
  readonly number: number;
}

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Result of an append. `conflict` means that the journal went on: read, fold and judge again. `other-outage`: the entries
 * begin an outage, and that of `other`, a run of the same environment, is on.
 */
export type Appended =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  | { readonly ok: false; readonly why: 'conflict' | 'lease-lost' }
  | { readonly ok: false; readonly why: 'other-outage'; readonly other: string };

export interface Journal {
  /** Ids of all runs, oldest first. */
  runs(): Promise<readonly string[]>;
  /** Entries with seq > after, in order. */
  read(run: string, after?: number): Promise<readonly Entry[]>;
  /**
   * Makes a run with its first entries, taking its targets' locks in the same script. `cause` (the chat event) makes it
   * once: the second time returns the run that it made.
   *
   * @returns the run's id (`dev-12`: numbers count per environment), or the lock that stands in the way.
   */
  propose(proposal: {
    readonly environment: string;
    readonly targets: readonly string[];
    readonly cause: string;
    /** Called with the id; the entries are the first of the journal. */
    readonly entries: (id: string) => readonly NewEntry[];
  }): Promise<
    { readonly run: string; readonly made: boolean } | { readonly lockedBy: string; readonly target: string }
  >;
  /**
   * One script: checks head (seq and hash), the lease when given, adds, sets the due time. Returns once the entries are in
   * the store and fsynced in the mirror. Finding one's own entries at that seq is success. Entries that begin an outage are
   * added only while no other run of the environment is in its outage, as the journals say at the heads that the script checks.
   *
   * @throws Halt code `store-shorter` or `store-differs` when the store isn't the one that the mirror knows.
   */
  append(
    run: string,
    head: Head,
    entries: readonly NewEntry[],
    options?: { readonly lease?: Lease; readonly dueAt?: number },
  ): Promise<Appended>;
  /** Calls back with a run's id after each append by any process, best effort (a lost call is found by the sweeper). Returns how to stop. */
  onAppend(listener: (run: string) => void): () => void;
  /** Frees the locks of a run's targets (at its end). */
  unlock(run: string): Promise<void>;
  /** Which run holds each locked target. */
  locks(): Promise<Readonly<Record<string, string>>>;
  /** Another run of the same environment whose outage is on. @throws as `read` does, for each of them. */
  otherOutage(run: string): Promise<string | undefined>;
}

export interface Leases {
  /** undefined when somebody else holds it. Mirrors first what the mirror misses. */
  take(run: string): Promise<Lease | undefined>;
  /** @returns store time until which it is held, or undefined when it was lost. */
  renew(lease: Lease): Promise<number | undefined>;
  /** Lets go, compare-and-set: only if the journal's head is still `seq`; sets the due time. false: go on, something came. */
  park(lease: Lease, seq: number, wakeAt: number | undefined): Promise<boolean>;
}

/** The journal as it was acknowledged, whatever became of the store. */
export interface JournalRecord {
  /**
   * What the store lacks of what was acknowledged, or holds otherwise: one sentence for each run, none when all is there. One
   * round trip. To be empty before anything is judged by what the store holds. `older`: the mirror lacks it too.
   */
  checkStore(): Promise<{ readonly problems: readonly string[]; readonly older: boolean }>;
  /** Runs that the store names and that nobody with the journal's key proposed. */
  strangers(): Promise<readonly string[]>;
  /** Each run as the mirror has it, up to the first entry that bears no seal. @throws Halt of the mirror. */
  mirrored(): Promise<readonly (readonly Entry[])[]>;
}

/** A lease by name outside runs: of a chat account (one process syncs and sends). */
export interface NamedLeases {
  take(name: string): Promise<Lease | undefined>;
  renew(lease: Lease): Promise<number | undefined>;
  release(lease: Lease): Promise<void>;
}

/** Disposable wake-ups: one more is harmless, a lost one is found by the sweeper. */
export interface Wake {
  wake(run: string): Promise<void>;
  /** Calls `move` for each wake-up until the signal fires; concurrent for different runs. */
  work(move: (run: string) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Runs that are due and have no live lease. */
  due(): Promise<readonly string[]>;
}
