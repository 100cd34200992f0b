import { Refused, Unknown } from '#core/errors.ts';
import type { Engine } from './engine.ts';

/**
 * Reads what may not be readable for a moment: a throttled or unreachable world is asked again, as often as a refused
 * change would be, with the same pauses.
 *
 * @throws what the last reading threw, and a person's matters (Halt) at once.
 */
export async function readPatiently<T>(
  { clock, timing }: Pick<Engine, 'clock' | 'timing'>,
  read: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const maySoon = error instanceof Unknown || (error instanceof Refused && error.retry);
      if (!maySoon || attempt >= timing.attempts || signal?.aborted === true) throw error;
      await clock.sleep(timing.backoff * 2 ** (attempt - 1), signal);
    }
  }
}
