import { isTurning } from '#core/readiness.ts';
import type { Run, StepState } from '#core/run.ts';
import { windowUntil } from '#core/settle-window.ts';
import { whyNotDone, whyNotSkipped } from './people-may.ts';
import type { Procedure } from './plan-step.ts';
import { wayBack } from './turn-back.ts';

/** A command that changes how a run goes on, as far as what it is about decides whether it is taken. */
export type Saying =
  | { readonly say: 'retry' | 'done' | 'skip'; readonly step: StepState }
  /** Of some targets; undefined: of all that haven't turned back. */
  | { readonly say: 'rollback'; readonly targets?: readonly string[] }
  | { readonly say: 'cancel' | 'settle' | 'pause' | 'resume' };

/**
 * Why a command wouldn't be taken of a run now, as a sentence; undefined: it would. The commands refuse by it, and nothing
 * offers a command that it refuses. Who says it is judged by the commands alone.
 */
export function whyNot(run: Run, saying: Saying, procedure: Procedure, now: number): string | undefined {
  if (run.ended !== undefined) return `${run.id} has ended.`;
  switch (saying.say) {
    case 'retry':
      return whyNotRetried(run, saying.step);
    case 'done':
      return whyNotDone(run, saying.step, procedure);
    case 'skip':
      return whyNotSkipped(run, saying.step, '', procedure);
    case 'rollback':
      return whyNotBack(run, saying.targets, procedure);
    case 'cancel':
      return whyNotCancelled(run);
    case 'settle':
      return windowUntil(run, now) === undefined
        ? `${run.id} isn't in the time after an outage in which both instances are kept.`
        : undefined;
    case 'pause':
      return run.paused === undefined ? undefined : `${run.paused.person} has paused ${run.id} already.`;
    case 'resume':
      return run.paused === undefined ? `${run.id} isn't paused.` : undefined;
  }
}

function whyNotRetried(run: Run, step: StepState): string | undefined {
  if (step.status !== 'halted') return `${step.node.key} isn't halted.`;
  return isTurning(run, step.node) ? `${run.id} turns back, and undoes what there is of ${step.node.key}.` : undefined;
}

/** Targets that a `!rollback` is about: those named that haven't turned back. */
export function targetsToGoBack(run: Run, named?: readonly string[]): string[] {
  return (named ?? run.targets.map(one => one.name)).filter(name => run.turned[name] === undefined);
}

function whyNotBack(run: Run, named: readonly string[] | undefined, procedure: Procedure): string | undefined {
  if (run.what === 'retirement') {
    const stops = whyNotCancelled(run) === undefined ? ` !cancel ${run.id} because … stops it before.` : '';
    return `${run.id} is a retirement: what it removed is gone.${stops}`;
  }
  if (run.outageBegun === undefined)
    return `no outage of ${run.id} has begun: !cancel ${run.id} because … undoes what was prepared.`;
  if (run.turning !== undefined) return `${run.id} is turning back already, ${run.turning.person} said so.`;
  const targets = targetsToGoBack(run, named);
  if (targets.length === 0) return `${named === undefined ? run.id : named.join(', ')} has turned back already.`;
  const { impossible } = wayBack(run, targets, procedure);
  if (impossible.length === 0) return undefined;
  return `there is no whole way back: ${impossible.join('; ')}. Mend it by hand and go on (!retry, !done).`;
}

function whyNotCancelled(run: Run): string | undefined {
  if (run.outageBegun !== undefined)
    return `${run.id} is in or after its outage: !rollback ${run.id} preview shows the way back.`;
  const { turning } = run;
  if (turning !== undefined) {
    // Once more ends the looks that can't see.
    if (!turning.hurry && Object.keys(turning.unseen).length > 0) return undefined;
    return `${run.id} is turning back already, ${turning.person} said so.`;
  }
  const removes = Object.values(run.steps).some(step => step.node.gate === 'retire' && step.begunAt !== undefined);
  if (removes) return `${run.id} has begun to remove instances, and that can't be undone.`;
  if (targetsToGoBack(run).length > 0 || stuckUndoing(run).length > 0) return undefined;
  return `${run.id} is cancelled already.`;
}

/** Steps of the way back that have halted: a second cancel gives them up. */
export function stuckUndoing(run: Run): StepState[] {
  return Object.values(run.steps).filter(({ node, status }) => node.phase === 'undo' && status === 'halted');
}
