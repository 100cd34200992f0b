import type { Clock } from '#ports/clock.ts';
import type { Wake } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';

/** How long a run that stays due is let alone at most, ms. */
const longestPause = 5_000;

/**
 * Wakes every run that is due and that nobody moves: lost wake-ups, reminders, expiry, runs whose process died. One
 * wake-up too many is harmless. One that is still due the next time can't be moved, whatever it is: it is woken with growing
 * pauses. Ends when the signal fires.
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
  const stuck = new Map<string, { readonly pause: number; readonly until: number }>();
  while (!signal.aborted) {
    try {
      const due = await wake.due();
      for (const run of stuck.keys()) if (!due.includes(run)) stuck.delete(run);
      for (const run of due) {
        const { pause, until } = stuck.get(run) ?? { pause: everyMs, until: 0 };
        if (clock.now() < until) continue;
        stuck.set(run, { pause: Math.min(longestPause, 2 * pause), until: clock.now() + pause });
        await wake.wake(run);
      }
    } catch (error) {
      log?.error({ error: String(error) }, 'the runs that are due could not be woken');
    }
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}
