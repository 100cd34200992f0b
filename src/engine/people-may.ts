import { dependents } from '#core/graph.ts';
import { isReached, isTurning } from '#core/readiness.ts';
import { isOver, type Run, type StepState } from '#core/run.ts';
import { unsavedTargets } from '#core/saves.ts';
import { isAskedToSkip } from '#core/skips.ts';
import { type Procedure, undoneId } from './plan-step.ts';

/**
 * Why a step can't be done by hand now, as a sentence; undefined: `!done` is taken. Only what halted, or what people do
 * anyway, and only once the run has come to it: otherwise all that stands before it would be passed over.
 */
export function whyNotDone(run: Run, step: StepState, { steps }: Procedure): string | undefined {
  const { key } = step.node;
  const definition = steps[step.node.step];
  if (definition?.read !== undefined) {
    return `what ${key} reads nobody else can know: mend what it says, then !retry.`;
  }
  if (step.status === 'running') return `${key} is running: !pause first, or wait until it ends or halts.`;
  if (step.status === 'by-hand') return `${step.byHand?.person} did ${key} by hand already, and it is being checked.`;
  if (isOver(step)) return `${key} is ${step.status} already.`;
  if (step.status === 'waiting' && definition?.byPeople !== true) {
    return `${key} hasn't been reached; only a step that halted, or one that people do, is done by hand.`;
  }
  if (isAskedToSkip(run, key)) return `somebody wants to leave out ${key}: answer that first.`;
  if (!isReached(run, step)) return `${key} hasn't been reached: ${whatIsBefore(run, step)}.`;
  return undefined;
}

/** What keeps the run from a step, in words. */
function whatIsBefore(run: Run, { node }: StepState): string {
  if (run.turning !== undefined) return `${run.id} turns back`;
  const before = node.after.filter(key => {
    const status = run.steps[key]?.status;
    return status !== 'done' && status !== 'skipped';
  });
  if (before.length > 0) return `${before.join(', ')} ${before.length === 1 ? 'comes' : 'come'} before it`;
  if (run.outageBegun === undefined && node.phase !== 'prepare') return 'the outage comes before it';
  return 'what stands before a step that was left out comes before it, too';
}

/**
 * Whether a second person agrees before a step is left out: in an outage and in a retirement to anything, before that to a
 * safeguard. Everything else is left out of the plan, which is then asked for without it.
 */
export function skipWantsSecond(run: Run, { node }: StepState, { steps }: Procedure): boolean {
  if (run.outageBegun !== undefined || run.what === 'retirement') return true;
  return steps[node.step]?.safeguard === true;
}

/** Why a person can't leave out a step now, as a sentence; undefined: `!skip` is taken, or asks a second person. */
export function whyNotSkipped(run: Run, step: StepState, person: string, procedure: Procedure): string | undefined {
  const { key, phase } = step.node;
  if (step.status !== 'waiting' && step.status !== 'halted') return `${key} is ${step.status}.`;
  if (isTurning(run, step.node)) return `${run.id} turns back, and drops ${key} by itself.`;
  if (procedure.steps[step.node.step]?.read !== undefined)
    return `everything relies on what ${key} reads, so it can't be left out.`;
  const relies = Object.values(run.steps).find(other => reliesOn(run, other, step, procedure));
  if (relies !== undefined) return `${relies.node.key} relies on ${key}, so it can't be left out.`;
  const { saves } = step.node;
  if (saves !== undefined && unsavedTargets(run, saves, step).includes(step.node.target))
    return `${saves.toUpperCase()} of ${step.node.target} can't be undone, and ${key} is the last that keeps what it was: it can't be left out.`;
  if (phase === 'undo' && undoneId(step.node.step) !== step.node.step)
    return `${key} is part of the way back: do it by hand and say !done.`;
  // Who approved a plan doesn't alter it afterwards: the approval would be their own.
  const approved = run.requests.some(
    request =>
      request.status === 'approved' &&
      request.approvals.some(one => one.person === person) &&
      !request.withdrawals.some(gone => gone.person === person),
  );
  if (run.outageBegun === undefined && run.what !== 'retirement' && approved)
    return `you approved ${run.id} as it is, so somebody else leaves out ${key}, or you take your approval back first.`;
  return undefined;
}

/**
 * Whether another step of the target that is still to come relies on one: its plan reads that one's outputs, or it makes
 * changes behind the same gate, in the same phase, after it: what moves data or addresses is one chain.
 */
function reliesOn(run: Run, other: StepState, step: StepState, procedure: Procedure): boolean {
  if (other.node.target !== step.node.target || isOver(other) || other.status === 'by-hand') return false;
  if (procedure.steps[other.node.step]?.needs?.includes(step.node.step) === true) return true;
  const { gate, phase, key } = step.node;
  if (gate === undefined || other.node.gate !== gate || other.node.phase !== phase || other.plan?.length === 0)
    return false;
  return skipWantsSecond(run, step, procedure) && dependents(run.graph, key).has(other.node.key);
}
