import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often, ms. Whoever watches the file should allow for several missed beats. */
const every = 10_000;

/**
 * Writes the time into a file as long as the process turns and `prove` (the store's answer) comes back: for a container's
 * health check, or any watcher. A failed proof or a full disk only leaves the file old.
 */
export async function heartbeat(file: string, prove: () => Promise<unknown>, stopping: AbortSignal): Promise<void> {
  const stopped = new Promise<void>(resolve => stopping.addEventListener('abort', () => resolve(), { once: true }));
  while (!stopping.aborted) {
    try {
      // A store that is away may never answer.
      await Promise.race([prove(), stopped]);
      if (stopping.aborted) return;
      writeFileSync(file, `${new Date().toISOString()}\n`);
    } catch {
      // The file grows old: that is the sign.
    }
    await sleep(every, undefined, { signal: stopping, ref: false }).catch(() => undefined);
  }
}
