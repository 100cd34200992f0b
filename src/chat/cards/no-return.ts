import { inOrder, type Node } from '#core/graph.ts';
import { isOver, type Run, type StepState } from '#core/run.ts';
import { saversOf } from '#core/saves.ts';
import { both, type Drawing } from '../cards.ts';
import { forecast } from '../outlook.ts';
import { sayDuration } from '../say-time.ts';

/**
 * From where on the way back isn't whole, of each target: what is left then, and what that costs. It belongs on every request
 * of the run: what one gate allows goes back only until another one's steps begin.
 */
export function noReturnLines(run: Run, drawing: Drawing, now: number): string[] {
  return finalSteps(run).map(step => noReturnLine(run, step, drawing, now));
}

/** The same in few words, for a request's first screen: after which step, and what is left then. */
export function noReturnWords(
  run: Run,
  drawing: Drawing,
  now: number,
): { readonly after: string; readonly left: string }[] {
  const { restore } = drawing.procedure.wayBack ?? {};
  return finalSteps(run).map(({ node }) => {
    const kept = node.gate === undefined ? [] : saversOf(run, node.gate, node.target).map(step => step.node.step);
    const after = `After ${node.step}, ${sayDuration(intoOutage(run, node, drawing, now))} in`;
    if (kept.length === 0) return { after, left: `no whole way back of ${node.target}` };
    if (restore === undefined || !kept.includes(restore.from))
      return { after, left: `only by hand from what ${both(kept)} ${kept.length === 1 ? 'keeps' : 'keep'}` };
    const more = sayDuration(drawing.outlook.stepTime(restore.step));
    return { after, left: `${restore.step}, ${more} more, loses what was written` };
  });
}

/** Of each target the first step that changes what can't be undone. */
function finalSteps(run: Run): StepState[] {
  const first = new Map<string, StepState>();
  for (const key of inOrder(run.graph)) {
    const step = run.steps[key];
    if (step !== undefined && isFinal(step) && !first.has(step.node.target)) first.set(step.node.target, step);
  }
  return [...first.values()];
}

/** How long after the begin of the outage a step begins, ms. */
function intoOutage(run: Run, node: Node, { outlook }: Drawing, now: number): number {
  const times = forecast(run, outlook, now);
  const begins = Object.values(run.graph).flatMap(one =>
    one.phase === 'outage' ? [times[one.key]?.begin ?? now] : [],
  );
  return (times[node.key]?.begin ?? now) - Math.min(...begins);
}

/** It will change what can't be undone, or may: its changes aren't known yet. */
function isFinal(step: StepState): boolean {
  const { node, plan } = step;
  if (node.phase !== 'outage' || node.danger !== 'irreversible' || isOver(step)) return false;
  return plan === undefined || plan.some(change => 'impossible' in change.undo);
}

function noReturnLine(run: Run, { node, plan }: StepState, drawing: Drawing, now: number): string {
  const { outlook, procedure } = drawing;
  const into = intoOutage(run, node, drawing, now);
  const kept = node.gate === undefined ? [] : saversOf(run, node.gate, node.target).map(step => step.node.step);
  const { restore } = procedure.wayBack ?? {};
  const unless = plan === undefined ? ' (if it has anything to do)' : '';
  const from = `From ${node.key} on${unless}, about ${sayDuration(into)} into the outage,`;
  if (restore !== undefined && kept.includes(restore.from)) {
    const takes = sayDuration(outlook.stepTime(restore.step));
    return `${from} the way back of ${node.target} is by ${restore.step}, from what ${restore.from} keeps: it loses all that was written since, takes about ${takes} more, and a second person agrees to it first.`;
  }
  const keeps = `${both(kept)} ${kept.length === 1 ? 'keeps' : 'keep'}`;
  const rest =
    kept.length === 0
      ? 'nothing is kept to go back to'
      : `what it changes comes back only from what ${keeps}, by hand, which loses all that was written since`;
  return `${from} there is no whole way back of ${node.target}: ${rest}.`;
}
