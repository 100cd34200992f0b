import type { Run } from '#core/run.ts';
import { whyNotReturned } from '#engine/why-not-returned.ts';
import type { Drawing } from '../cards.ts';

/** Targets of an upgrade that is over which `!rollback` would go back from by a run of its own. @param runs of the environment, newest first. */
export function returnable(run: Run, runs: readonly Run[], { procedure }: Pick<Drawing, 'procedure'>): string[] {
  const names = run.targets.map(target => target.name);
  return names.filter(name => {
    try {
      return whyNotReturned(run, name, runs, procedure) === undefined;
    } catch {
      // Another version of Ferry knows it.
      return false;
    }
  });
}
