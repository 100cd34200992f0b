import type { RecordWatch } from '#engine/record-watch.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';

/** How often it is looked at whether the record is back, ms. */
const lookEvery = 1_000;

/** Waits until the store holds all that was acknowledged, or the signal fires: nothing is moved by what it says before. */
export async function untilWhole(
  record: Pick<RecordWatch, 'look'>,
  { clock, log }: { readonly clock: Pick<Clock, 'sleep'>; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  let said: string | undefined;
  while (!signal.aborted) {
    const problems = await record.look().then(
      lost => lost?.problems.join('; '),
      error => String(error),
    );
    if (problems === undefined) return;
    if (problems !== said)
      log.error(
        { problems },
        'nothing is moved: the store is not the one that was written to; see ferry journal verify',
      );
    said = problems;
    await clock.sleep(lookEvery, signal).catch(() => undefined);
  }
}
