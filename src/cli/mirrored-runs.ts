import { mirrorRuns, readMirror } from '#adapters/mirror/read-mirror.ts';
import { Halt } from '#core/errors.ts';
import { fold } from '#core/fold.ts';
import type { Run } from '#core/run.ts';

/**
 * A run from the mirror's folder alone; undefined when it holds nothing of it.
 *
 * @throws Halt `mirror-broken` and the like when the mirror isn't whole: what it says can't be relied on.
 */
export function mirroredRun(dir: string, id: string): Run | undefined {
  if (!mirrorRuns(dir).includes(id)) return undefined;
  const { entries, beyond } = readMirror(dir, id);
  if (beyond.length > 0) {
    throw new Halt('mirror-broken', `the mirror of ${id} in ${dir} lacks entry ${entries.length + 1}`);
  }
  return entries.length === 0 ? undefined : fold(entries);
}

/** All runs of a mirror's folder, newest first. @throws Halt as above. */
export function mirroredRuns(dir: string): Run[] {
  return mirrorRuns(dir)
    .flatMap(id => mirroredRun(dir, id) ?? [])
    .sort((one, other) => other.proposedAt - one.proposedAt);
}
