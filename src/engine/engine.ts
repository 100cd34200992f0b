import type { DecidePolicy } from '#core/decide.ts';
import type { Clock } from '#ports/clock.ts';
import type { Journal, Leases, Wake } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';
import type { Progress } from '#ports/progress.ts';
import type { ShellSessions } from '#ports/shell.ts';
import type { Readers, Writers } from './define-change.ts';
import type { Procedure } from './plan-step.ts';
import type { WorldTiming } from './world-timing.ts';

/** Everything that moving a run needs. Put together in app.ts. */
export interface Engine {
  readonly journal: Journal;
  readonly leases: Leases;
  readonly wake: Wake;
  readonly clock: Clock;
  readonly readers: Readers;
  readonly writers: Writers;
  /** What the shell keeps open. */
  readonly sessions: ShellSessions;
  readonly procedure: Procedure;
  readonly progress: Progress;
  readonly log: Log;
  /** The estate as it is now: read at each judgement, so that a stricter rule holds at once. */
  readonly policy: (environment: string) => DecidePolicy;
  /** The estate's file; undefined where nothing is drawn from one. */
  readonly estate?: EstateFile;
  readonly timing: WorldTiming;
  /** How often the lease is renewed, ms; well below its time to live. */
  readonly renewEvery: number;
  /** How long after judging a request may leave, ms; at most 2,000. */
  readonly sendWithin: number;
}

/** What the estate's file says counts as soon as it was read. */
export interface EstateFile {
  /** Looks whether it says something new. */
  look(): Promise<void>;
  /** After each change that was taken. @returns ends it. */
  onTaken(listener: () => void): () => void;
}

/** One holding of a run's lease, as its steps see it. */
export interface Hold {
  readonly number: number;
  /** Store time in ms until which the lease is known to be held. */
  readonly until: () => number;
  /** Aborted when the lease is lost or the process stops hard. */
  readonly signal: AbortSignal;
  /** Aborted when the process was asked to stop: nothing new begins. */
  readonly stopping: AbortSignal;
}
