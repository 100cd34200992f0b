import type { Redis } from 'ioredis';
import { exit } from './subcommand.ts';

/** How long a process may take from SIGTERM to its end, ms: less than TimeoutStopSec of the unit in README.md. */
export const endWithin = 50_000;

/** How long the store may take to answer a process that ends, ms. */
const patience = 5_000;

/**
 * From the signal on, sees to it that the process ends: within `endWithin` whatever hangs, and as soon as it is plain that
 * the store is away, as nothing can be recorded or let go any more. What is in hand is left attached: the next process looks.
 *
 * @returns to be called when everything is closed: what a library still holds open keeps the process no longer.
 */
export function endInTime(redis: Redis, stopping: AbortSignal, within = endWithin): () => void {
  stopping.addEventListener('abort', () => void watch(redis, within), { once: true });
  return () => void setTimeout(() => process.exit(), 500).unref();
}

async function watch(redis: Redis, within: number): Promise<void> {
  setTimeout(() => end(`did not end within ${within / 1000} s`), within).unref();
  for (;;) {
    const late = setTimeout(() => end(`the store does not answer`), patience);
    late.unref();
    // One that is disconnected, at the very end, answers that it is: then there is nothing left to wait for.
    const answered = await redis.ping().then(
      () => true,
      () => false,
    );
    clearTimeout(late);
    if (!answered) return;
    await new Promise(resolve => setTimeout(resolve, 1_000).unref());
  }
}

function end(why: string): never {
  process.stderr.write(
    `ferry: told to stop, and ${why}: ended at once; what is in hand is left for the next process\n`,
  );
  process.exit(exit.failed);
}
