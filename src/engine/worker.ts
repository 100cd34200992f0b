import type { Engine } from './engine.ts';
import { moveRun } from './move-run.ts';

/**
 * Moves every run that is woken, until told to stop; then lets the changes in hand end or stay attached.
 *
 * @param kill ends at once, as a crash would: for tests.
 */
export async function work(engine: Engine, stopping: AbortSignal, kill?: AbortSignal): Promise<void> {
  await engine.wake.work(run => moveRun(engine, run, stopping, kill), stopping);
}
