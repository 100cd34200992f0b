import { dueRetireReminders } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { Clock } from '#ports/clock.ts';
import type { ChatEstate } from './chat-estate.ts';

/** How often it is looked at, ms: reminders are days apart. */
const lookEvery = 60_000;

export interface RetireReminderParts {
  readonly runs: Pick<RunsService, 'list' | 'record'>;
  readonly estate: () => ChatEstate;
  /** Whether a run that turned back from a target left an instance of it. */
  readonly keeps: (run: Run, target: string) => boolean;
  readonly clock: Clock;
}

/** Reminds drivers of instances that are kept: old ones, and what was turned back from. The reminder is an entry of the run that upgraded, and drawn from it. */
export class RetireReminders {
  readonly #parts: RetireReminderParts;
  #lookAt = 0;

  constructor(parts: RetireReminderParts) {
    this.#parts = parts;
  }

  async tick(): Promise<void> {
    const { runs, estate, clock, keeps } = this.#parts;
    const now = clock.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + lookEvery;
    const { environments, timing } = estate();
    for (const environment of Object.keys(environments)) {
      for (const { run, nth, targets } of dueRetireReminders(await moving(runs, environment), timing, now, keeps)) {
        await runs.record(run.id, undefined, current =>
          nth > (current.reminded.retire ?? 0) ? [{ type: 'reminded', about: 'retire', nth, people: [], targets }] : [],
        );
      }
    }
  }
}

/** Nothing is recorded of a run that stands. */
async function moving(runs: Pick<RunsService, 'list'>, environment: string): Promise<readonly Run[]> {
  return (await runs.list({ environment })).filter(run => run.strange === undefined);
}
