import { Halt } from '#core/errors.ts';
import type { Engine } from './engine.ts';
import { type Read, readTarget, recordFacts } from './refresh-facts.ts';
import type { RunHandle } from './run-handle.ts';

/** After a reading that failed the next one waits this part of `freshFacts`. */
const againAfter = 1 / 15;

/** When a run's facts may be read again after a reading that failed, in store time; gone with the process, which is enough. */
const misses = new WeakMap<Engine, Map<string, number>>();

/** Store time in ms before which facts of the run aren't read again beside everything else. */
export function warmAgainAt(engine: Engine, run: string): number {
  return misses.get(engine)?.get(run) ?? 0;
}

/**
 * Reads facts again while the run waits for its start; the run goes on meanwhile. What can't be read now is nobody's
 * trouble yet and is tried again later; a target that isn't ready any more halts, as it would at the start. Once the outage
 * has begun the reading is too late and is dropped. Never throws what isn't the journal's own trouble.
 */
export async function warmFacts(engine: Engine, handle: RunHandle, targets: readonly string[]): Promise<void> {
  const times = misses.get(engine) ?? new Map<string, number>();
  misses.set(engine, times);
  times.delete(handle.id);
  const read: Read[] = [];
  const missed = (error: unknown) => {
    const { freshFacts } = engine.policy(handle.run.environment);
    times.set(handle.id, engine.clock.now() + freshFacts * againAfter);
    engine.log.warn({ run: handle.id, error: String(error) }, 'facts could not be read ahead of a start');
  };
  await Promise.all(
    targets.map(async target => {
      try {
        const one = await readTarget(engine, handle, target);
        if ('failed' in one && !(one.failed instanceof Halt)) missed(one.failed);
        else read.push(one);
      } catch (error) {
        missed(error);
      }
    }),
  );
  if (read.length > 0) await recordFacts(engine, handle, read);
}
