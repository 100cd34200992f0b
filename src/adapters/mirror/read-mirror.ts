import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RunFile } from './run-file.ts';

const ending = '.jsonl';

export interface MirroredRun {
  /** Canonical JSON of the entries from 1 on without a gap, the chain of hashes checked. Seals aren't. */
  readonly texts: readonly string[];
  /** Seqs after a gap: entries that were never acknowledged without the ones before, so something was taken away. */
  readonly beyond: readonly number[];
  /** Lines that are no entry: torn when a process was killed, or altered. */
  readonly damaged: number;
}

/**
 * A run from the mirror alone: no store, no network.
 *
 * @throws Halt `mirror-differs`, `mirror-broken`.
 */
export function readMirror(dir: string, run: string): MirroredRun {
  const file = new RunFile(run, mirrorFile(dir, run), true);
  file.refresh();
  const { texts, beyond, damaged } = file.content;
  return { texts, beyond, damaged };
}

/** Path of a run's mirror file. @throws Error when the run's id is no file name. */
export function mirrorFile(dir: string, run: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(run)) throw new Error(`${JSON.stringify(run)} is no run`);
  return join(dir, run + ending);
}

/** Ids of the runs in a mirror folder, in order of their names; none when there is no folder. */
export function mirrorRuns(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .filter(name => name.endsWith(ending))
      .map(name => name.slice(0, -ending.length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
