import { FerryError, Halt } from '#core/errors.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';

const firstBackoff = 1_000;
const longestBackoff = 60_000;

/**
 * Opens the chat, again and again with growing pauses until it is open or the signal fires: whatever its server says or
 * doesn't, nothing else waits for it.
 *
 * @param onAway hears of each failure.
 * @throws Halt what `open` throws: a person decides.
 */
export async function joinChat<Chat>(
  open: () => Promise<Chat>,
  parts: { readonly clock: Pick<Clock, 'sleep'>; readonly log: Log; readonly onAway: () => void },
  signal: AbortSignal,
): Promise<Chat | undefined> {
  let backoff = firstBackoff;
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      return await open();
    } catch (error) {
      if (signal.aborted) return undefined;
      // Nothing that waiting mends.
      if (error instanceof Halt) throw error;
      const code = error instanceof FerryError ? error.code : String((error as Error).name);
      // Once for each kind of trouble, not for each attempt.
      if (code !== last)
        parts.log.error({ code, error: String(error) }, 'the chat is away; runs go on, and it is tried again');
      last = code;
      parts.onAway();
    }
    await parts.clock.sleep(backoff, signal).catch(() => undefined);
    backoff = Math.min(longestBackoff, backoff * 2);
  }
  return undefined;
}
