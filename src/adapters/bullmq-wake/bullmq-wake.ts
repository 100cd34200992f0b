import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import type { Wake } from '#ports/journal.ts';

/** With so many wake-ups waiting nobody works them off, and the sweeper need not add to them. */
const most = 1_000;

/** How long BullMQ's worker may take to close once nothing is moved, ms. */
const patience = 3_000;

export interface BullmqWakeOptions {
  /** Address of the store; BullMQ makes its own connections from it. A shared connection needs `maxRetriesPerRequest: null`. */
  readonly connection: ConnectionOptions;
  /** Runs that are due and have no live lease: the journal's store knows. */
  readonly due: () => Promise<readonly string[]>;
  /** How many runs one process moves side by side. */
  readonly concurrency?: number;
  /** Hears of what a move threw and of lost connections. Nothing is lost by either: the sweeper wakes the run again. */
  readonly onError?: (error: Error) => void;
}

export interface BullmqWake extends Wake {
  close(): Promise<void>;
}

/**
 * Wake-ups as BullMQ jobs that nobody misses: no ids (one that is active or retained is silently not added), one attempt,
 * nothing kept, never given to a second worker when the first died, never delayed. When a run is due stands in the journal's store.
 * A process that works moves what it wakes itself, at once and without a job: if it dies over it, the sweeper wakes the run.
 */
export function bullmqWake({ connection, due, concurrency = 16, onError = () => {} }: BullmqWakeOptions): BullmqWake {
  const queue = new Queue<{ run: string }>('ferry-wake', {
    connection,
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', onError);
  const moving = new Set<Promise<void>>();
  let here: ((run: string) => Promise<void>) | undefined;
  return {
    async wake(run) {
      if (here === undefined || moving.size >= concurrency) {
        await queue.add('wake', { run });
        return;
      }
      const moved = here(run)
        .catch((error: Error) => onError(error))
        .finally(() => moving.delete(moved));
      moving.add(moved);
    },
    async work(move, signal) {
      if (signal.aborted) return;
      here = move;
      const jobs = new Set<Promise<void>>();
      const moveUnlessStopping = async (job: { readonly data: { readonly run: string } }) => {
        if (signal.aborted) return;
        const moved = move(job.data.run).finally(() => jobs.delete(moved));
        jobs.add(moved);
        await moved;
      };
      const worker = new Worker<{ run: string }>('ferry-wake', moveUnlessStopping, {
        connection,
        concurrency,
        maxStalledCount: 0,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      worker.on('error', onError);
      worker.on('failed', (_job, error) => onError(error));
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
      here = undefined;
      // Waits for the moves under way: they heard of the same signal and end by themselves.
      await Promise.allSettled([...moving, ...jobs]);
      // Just after its store came back it may wait for ever to be let go: nothing is in its hands any more.
      const closed = worker.close().catch(onError);
      await Promise.race([closed, late(patience)]);
    },
    async due() {
      return (await queue.getWaitingCount()) > most ? [] : due();
    },
    close: () => queue.close(),
  };
}

function late(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}
