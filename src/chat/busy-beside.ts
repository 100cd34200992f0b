import type { Run } from '#core/run.ts';
import { outageIsOver } from './cards/outage.ts';

/** The other run of its environment that keeps a run from being started: it is started, or in an outage that isn't over. */
export function busyBeside({ id, environment }: Run, runs: readonly Run[]): Run | undefined {
  return runs.find(one => one.id !== id && one.environment === environment && one.ended === undefined && isBusy(one));
}

function isBusy(run: Run): boolean {
  if (run.outageBegun !== undefined) return !outageIsOver(run);
  return run.started !== undefined;
}
