import { Unknown } from '#core/errors.ts';
import type { Clock } from '#ports/clock.ts';

/**
 * What a call brings, if it does so in time; it isn't stopped.
 *
 * @param ms how long is waited. @param late the sentence of the error. @throws Unknown `chat-no-answer`, and what the call throws.
 */
export async function inTime<T>(clock: Pick<Clock, 'sleep'>, ms: number, late: string, call: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const tooLate = clock.sleep(ms, ended.signal).then(() => {
    throw new Unknown('chat-no-answer', late);
  });
  tooLate.catch(() => undefined);
  call.catch(() => undefined);
  try {
    return await Promise.race([call, tooLate]);
  } finally {
    ended.abort();
  }
}
