import type { Run } from '#core/run.ts';
import { type ChatEstate, environmentOf } from './chat-estate.ts';

/**
 * Where a run is talked about now: in the work room of its environment. That is where it was asked for, unless the room was
 * replaced since and the estate names another.
 */
export function roomOfRun(run: Run, estate: ChatEstate): string {
  const { work } = environmentOf(estate, run.environment);
  // An environment that the estate dropped, or an alias whose room isn't known yet.
  return work === '' || work.startsWith('#') ? run.room : work;
}

/** The run's thread there; undefined where its root stands in another room: then all stands in the room itself. */
export function threadOfRun(run: Run, room: string): string | undefined {
  return run.posted.thread?.room === room ? run.posted.thread.event : undefined;
}
