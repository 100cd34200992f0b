import type { Policy } from './gates.ts';

/** Times for people, ms. Never scaled. */
export interface PeopleTiming {
  /** An open request reminds whom it called first, then (from the asking on) calls on-call, then expires. */
  readonly remind: number;
  readonly page: number;
  readonly expire: number;
  /** A halt asks its driver again, then calls on-call. */
  readonly haltRemind: number;
  readonly haltPage: number;
}

export interface DecidePolicy extends Policy {
  readonly people: PeopleTiming;
  /** How old facts may be when an outage or a retirement begins, ms. More than reading them takes. */
  readonly freshFacts: number;
  /** How long both instances are kept as they are after an outage, ms. Absent: not at all. */
  readonly settleFor?: number;
  /** Another run of the environment whose outage is on; undefined: none, or nobody looked. The append decides in the end. */
  readonly otherOutage?: string | undefined;
}
