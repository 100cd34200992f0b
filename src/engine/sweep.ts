import type { Clock } from '#ports/clock.ts';
import type { Wake } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';

/**
 * Wakes every run that is due and that nobody moves: lost wake-ups, reminders, expiry, runs whose process died. One
 * wake-up too many is harmless. Ends when the signal fires.
 *
 * @param everyMs how often it looks, ms.
 */
export async function sweep(
  clock: Clock,
  wake: Pick<Wake, 'due' | 'wake'>,
  everyMs: number,
  signal: AbortSignal,
  log?: Pick<Log, 'error'>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const run of await wake.due()) await wake.wake(run);
    } catch (error) {
      log?.error({ error: String(error) }, 'the runs that are due could not be woken');
    }
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}
