import { FerryError, Halt, Refused, Unknown } from '#core/errors.ts';
import type { Engine } from './engine.ts';
import { OddReadings } from './odd-readings.ts';

/**
 * Reads what may not be readable for a moment: a throttled or unreachable world is asked again, as often as a refused
 * change would be, with the same pauses.
 *
 * What would call a person (Halt, a no for good) is read again, spaced, until it was read often enough: one odd reading
 * is no fact.
 *
 * @param unneeded nobody waits for it any more: what it threw last is thrown.
 * @throws what the last reading threw; a Halt that is sure at once.
 */
export async function readPatiently<T>(
  { clock, timing }: Pick<Engine, 'clock' | 'timing'>,
  read: () => Promise<T>,
  signal?: AbortSignal,
  unneeded: () => boolean = () => false,
): Promise<T> {
  const odd = new OddReadings(timing, timing.doubt);
  for (let attempt = 1; ; ) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FerryError) || signal?.aborted === true || unneeded()) throw error;
      if (error instanceof Unknown || (error instanceof Refused && error.retry)) {
        if (attempt >= timing.attempts) throw error;
        await clock.sleep(timing.backoff * 2 ** (attempt - 1), signal);
        attempt += 1;
      } else {
        if ((error instanceof Halt && error.sure) || odd.counts(clock.now(), error.message)) throw error;
        await clock.sleep(odd.pause, signal);
      }
    }
  }
}
