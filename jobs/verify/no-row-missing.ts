import type { Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';
import { countFacts } from '../read/database-facts.ts';

/**
 * The database answers, and has what it had when the facts were read, where that is known. Builds came in until the outage, so
 * there may be more, never less.
 */
export async function noRowMissing(shell: ShellReader, host: HostRef, was: TargetFacts['counts']): Promise<Verdict> {
  const is = await countFacts(shell, host);
  if (was === null) return { ok: true };
  if (is.highestBuild >= was.highestBuild && is.projects >= was.projects) return { ok: true };
  return {
    ok: false,
    why: `the database is not the one that was: highest build ${is.highestBuild} (was ${was.highestBuild}), ${is.projects} projects (were ${was.projects})`,
  };
}
