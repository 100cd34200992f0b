import type { Run } from '#core/run.ts';

/** The transaction id of one of a run's messages: the same message always has the same, so a repetition is no second one. */
export function txnOf(run: Pick<Run, 'uid'>, what: string): string {
  return `ferry.${run.uid}.${what.replace(/[^A-Za-z0-9._-]/g, '.')}`;
}
