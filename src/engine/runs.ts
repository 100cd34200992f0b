import { randomBytes } from 'node:crypto';
import type { Entry, NewEntry, RunTarget, What } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { advance, fold } from '#core/fold.ts';
import type { Node } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import type { Run } from '#core/run.ts';
import type { Clock } from '#ports/clock.ts';
import type { Journal, Wake } from '#ports/journal.ts';
import { OtherOutage } from './other-outage.ts';

/** What somebody asks for: a run of one to four targets of one environment. */
export interface ProposalRequest {
  readonly what: What;
  readonly environment: string;
  readonly targets: readonly string[];
  /** The person whose command it is. */
  readonly asker: string;
  /** All accounts of that person now; undefined where nobody asks from a chat. */
  readonly accounts?: readonly string[];
  readonly because: string | null;
  /** Fedora release to go to; null: two up. */
  readonly release: number | null;
  /** The room where it was asked for. */
  readonly room: string;
}

/** The frozen part of a run: its graph, the versions of its kinds, and what the estate said. */
export interface PreparedRun {
  readonly nodes: readonly Node[];
  readonly settings: JsonObject;
  readonly kinds: { readonly [kind: string]: number };
  readonly targets: readonly RunTarget[];
}

/** Draws a run's graph and settings from the estate. @throws BadInput, Refused when the run can't be proposed. */
export interface Proposer {
  prepare(request: ProposalRequest): PreparedRun | Promise<PreparedRun>;
}

export interface RunFilter {
  readonly environment?: string;
  readonly target?: string;
  /** true: only runs that haven't ended; false: only ended ones. */
  readonly open?: boolean;
}

/** Result of `record`. `again`: the same cause was taken before, and nothing was appended. */
export interface Recorded {
  readonly run: Run;
  readonly entries: readonly Entry[];
  readonly again: boolean;
}

export type Proposed =
  | { readonly run: string; readonly made: boolean }
  | { readonly lockedBy: string; readonly target: string };

/** The runs as commands see them: list, read, record, propose. */
export interface RunsService {
  /** Newest first. */
  list(filter?: RunFilter): Promise<readonly Run[]>;
  /** A run, caught up with its journal; undefined when there is none. Read it, don't keep it: the next catch-up changes it. */
  get(id: string): Promise<Run | undefined>;
  /** All entries so far, in order. */
  entries(id: string): Promise<readonly Entry[]>;
  /**
   * Appends what `judge` derives from the run at the very head that the append checks, and wakes the run. On a conflict it
   * folds and judges again. With a `cause` (the chat event) it is done once: a run that has the cause is left alone.
   *
   * @throws Error when there is no such run, Halt `run-stands` when it holds what isn't known or believed, OtherOutage when the entries begin an outage beside one of the environment, and
   * whatever `judge` throws: then nothing is appended.
   */
  record(
    id: string,
    cause: string | undefined,
    judge: (run: Run, now: number) => readonly NewEntry[],
  ): Promise<Recorded>;
  /** Makes a run and takes its targets' locks; once per cause. Whatever the store says of locks, no journal may have a target in hand. */
  propose(request: ProposalRequest, cause: string): Promise<Proposed>;
  /** Which run holds each locked target. */
  locks(): Promise<Readonly<Record<string, string>>>;
}

interface Followed {
  run: Run | undefined;
  entries: Entry[];
  queue: Promise<unknown>;
}

/** `RunsService` on a journal. Folded runs are kept and caught up by seq. */
export class Runs implements RunsService {
  readonly #journal: Journal;
  readonly #wake: Pick<Wake, 'wake'>;
  readonly #clock: Clock;
  readonly #proposer: Proposer;
  readonly #newUid: () => string;
  readonly #followed = new Map<string, Followed>();

  constructor(parts: {
    readonly journal: Journal;
    readonly wake: Pick<Wake, 'wake'>;
    readonly clock: Clock;
    readonly proposer: Proposer;
    /** A fresh random id in [a-z0-9]; tests give their own. */
    readonly newUid?: () => string;
  }) {
    this.#journal = parts.journal;
    this.#wake = parts.wake;
    this.#clock = parts.clock;
    this.#proposer = parts.proposer;
    this.#newUid = parts.newUid ?? (() => randomBytes(5).toString('hex'));
  }

  async list(filter: RunFilter = {}): Promise<readonly Run[]> {
    const ids = [...(await this.#journal.runs())].reverse();
    // What has ended has ended: each message in the room asks for the open runs, and the ended ones grow in number.
    const asked = filter.open === true ? ids.filter(id => this.#followed.get(id)?.run?.ended === undefined) : ids;
    const runs = await Promise.all(asked.map(id => this.get(id)));
    return runs.filter((run): run is Run => run !== undefined && fits(run, filter));
  }

  /** Runs that haven't ended as they were caught up last: reads nothing. */
  known(): readonly Run[] {
    return [...this.#followed.values()].flatMap(({ run }) =>
      run === undefined || run.ended !== undefined ? [] : [run],
    );
  }

  async get(id: string): Promise<Run | undefined> {
    return (await this.#caughtUp(id))?.run;
  }

  async entries(id: string): Promise<readonly Entry[]> {
    return (await this.#caughtUp(id))?.entries ?? [];
  }

  async record(
    id: string,
    cause: string | undefined,
    judge: (run: Run, now: number) => readonly NewEntry[],
  ): Promise<Recorded> {
    const followed = this.#follow(id);
    const recorded = await this.#inTurn(followed, () => this.#record(id, followed, cause, judge));
    if (recorded.entries.length > 0) await this.#wake.wake(id);
    return recorded;
  }

  async propose(request: ProposalRequest, cause: string): Promise<Proposed> {
    const known = await this.#known(request, cause);
    if (known !== undefined) return known;
    const prepared = await this.#proposer.prepare(request);
    const uid = this.#newUid();
    const proposed = await this.#journal.propose({
      environment: request.environment,
      targets: request.targets,
      cause,
      entries: id => [
        {
          type: 'proposed',
          uid,
          id,
          what: request.what,
          environment: request.environment,
          targets: prepared.targets,
          asker: request.asker,
          ...(request.accounts === undefined ? {} : { accounts: request.accounts }),
          because: request.because,
          release: request.release,
          room: request.room,
          cause,
          nodes: prepared.nodes,
          kinds: prepared.kinds,
          settings: prepared.settings,
        },
      ],
    });
    if ('run' in proposed) await this.#wake.wake(proposed.run);
    return proposed;
  }

  locks(): Promise<Readonly<Record<string, string>>> {
    return this.#journal.locks();
  }

  /** What the journals say to a proposal: it was made already, or another run has one of its targets. */
  async #known({ targets }: ProposalRequest, cause: string): Promise<Proposed | undefined> {
    const runs = await this.list();
    const made = runs.find(run => run.causes.has(cause));
    if (made !== undefined) return { run: made.id, made: false };
    for (const run of runs) {
      const target = run.ended === undefined ? run.targets.find(one => targets.includes(one.name)) : undefined;
      if (target !== undefined) return { lockedBy: run.id, target: target.name };
    }
    return undefined;
  }

  async #record(
    id: string,
    followed: Followed,
    cause: string | undefined,
    judge: (run: Run, now: number) => readonly NewEntry[],
  ): Promise<Recorded> {
    for (;;) {
      await this.#catchUp(id, followed);
      const { run } = followed;
      if (run === undefined) throw new Halt('no-such-run', `there is no run ${id}`);
      if (cause !== undefined && run.causes.has(cause)) return { run, entries: [], again: true };
      const [first, ...rest] = judge(run, Math.max(this.#clock.now(), run.lastAt));
      if (first === undefined) return { run, entries: [], again: false };
      if (run.strange !== undefined) throw stands(run, run.strange);
      const entries = cause === undefined ? [first, ...rest] : [{ ...first, cause }, ...rest];
      const appended = await this.#journal.append(id, run.head, entries);
      if (!appended.ok && appended.why === 'other-outage') throw new OtherOutage(id, appended.other);
      if (!appended.ok) continue;
      take(followed, appended.entries);
      return { run, entries: appended.entries, again: false };
    }
  }

  #follow(id: string): Followed {
    const known = this.#followed.get(id);
    if (known !== undefined) return known;
    const followed: Followed = { run: undefined, entries: [], queue: Promise.resolve() };
    this.#followed.set(id, followed);
    return followed;
  }

  async #caughtUp(id: string): Promise<Followed | undefined> {
    const followed = this.#follow(id);
    await this.#inTurn(followed, () => this.#catchUp(id, followed));
    if (followed.run === undefined) this.#followed.delete(id);
    return followed.run === undefined ? undefined : followed;
  }

  async #catchUp(id: string, followed: Followed): Promise<void> {
    take(followed, await this.#journal.read(id, followed.entries.length));
  }

  #inTurn<T>(followed: Followed, act: () => Promise<T>): Promise<T> {
    const turn = followed.queue.then(act);
    followed.queue = turn.catch(() => undefined);
    return turn;
  }
}

function stands({ id }: Run, why: string): Halt {
  return new Halt('run-stands', `${id} stands still, and nothing is recorded of it: ${why}.`);
}

/** A journal whose very first entry isn't believed is no run of ours. */
function take(followed: Followed, entries: readonly Entry[]): void {
  if (entries.length === 0 || (followed.run === undefined && entries[0]?.type === 'unsealed')) return;
  if (followed.run === undefined) followed.run = fold(entries);
  else for (const entry of entries) advance(followed.run, entry);
  followed.entries.push(...entries);
}

function fits(run: Run, filter: RunFilter): boolean {
  if (filter.environment !== undefined && run.environment !== filter.environment) return false;
  if (filter.target !== undefined && !run.targets.some(target => target.name === filter.target)) return false;
  return filter.open === undefined || filter.open === (run.ended === undefined);
}
