import type { Run } from '#core/run.ts';
import type { Procedure } from './plan-step.ts';

/**
 * Why `!rollback` of a target wouldn't propose a return from an upgrade that has ended, as a sentence; undefined: it would. The
 * command refuses by it, and nothing offers what it refuses. The sister of `whyNot`, which judges a run that goes on.
 *
 * @param runs all runs of the environment, newest first.
 */
export function whyNotReturned(
  run: Run,
  target: string,
  runs: readonly Run[],
  procedure: Procedure,
): string | undefined {
  if (run.strange !== undefined) return `${run.id} stands still, and nothing it says is relied on: ${run.strange}.`;
  if (run.what === 'retirement')
    return run.ended?.outcome === 'done'
      ? sinceWords(run, target)
      : `${run.id} is a retirement: it took nobody anywhere.`;
  const arrived = run.ended?.outcome === 'done' && run.turned[target] === undefined;
  if (run.what === 'return' && arrived)
    return `${target} went back already, in ${run.id}. To the new Fedora it goes by !upgrade ${target}.`;
  if (!arrived || run.what === 'return') return `${target} turned back in ${run.id}: it is where it was before.`;
  const since = runs.find(
    other =>
      other.targets.some(one => one.name === target) && other.turned[target] === undefined && isLater(other, run),
  );
  if (since !== undefined) return sinceWords(since, target);
  if (procedure.returns === undefined) return `${run.id} has ended.`;
  const impossible = procedure.returns.whyNot(run, target, procedure);
  return impossible.length === 0 ? undefined : `${target} can't go back from ${run.id}: ${impossible.join('; ')}.`;
}

/** It is under way, or has come to its end since. */
function isLater({ ended, proposedAt, id }: Run, run: Run): boolean {
  return id !== run.id && proposedAt >= run.proposedAt && (ended === undefined || ended.outcome === 'done');
}

function sinceWords({ id, what, ended }: Run, target: string): string {
  if (ended === undefined) return `${id} has ${target} in hand: !status ${id}.`;
  switch (what) {
    case 'retirement':
      return `the old instance of ${target} was removed in ${id}: nothing is left to go back to.`;
    case 'return':
      return `${target} went back already, in ${id}.`;
    case 'upgrade':
      return `${id} has upgraded ${target} since: !rollback ${target} goes back from that one.`;
  }
}
