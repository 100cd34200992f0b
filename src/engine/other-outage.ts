import { Refused } from '#core/errors.ts';

/** Entries that begin an outage of a run were not taken: another one of the environment is on. */
export class OtherOutage extends Refused {
  constructor(run: string, other: string) {
    super('other-outage', `${other} is in its outage, and there is one at a time: ${run} waits for its end.`);
  }
}
