import { BadInput } from '#core/errors.ts';
import { wholeRun } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import { nearest } from './nearest.ts';

/**
 * The step of a run that somebody names by its id, of a target where one is named.
 *
 * @throws BadInput when the run has no such step, or several targets have it.
 */
export function stepNamed(run: Run, id: string, target: string | undefined): StepState {
  const all = Object.values(run.steps).filter(
    step => target === undefined || step.node.target === target || step.node.target === wholeRun,
  );
  const found = all.filter(step => step.node.step === id || step.node.key === id);
  const [step, ...others] = found;
  if (step === undefined) {
    const near = nearest(
      id,
      all.map(one => one.node.step),
    );
    throw new BadInput(
      'step',
      `${run.id} has no step ${id}${target === undefined ? '' : ` for ${target}`}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    );
  }
  const halted = found.filter(one => one.status === 'halted');
  if (others.length > 0) {
    const [only, ...more] = halted;
    if (only !== undefined && more.length === 0) return only;
    throw new BadInput('target', `${id} of which target? ${found.map(one => one.node.target).join(', ')}.`);
  }
  return step;
}

/**
 * Halted steps that a command means: of the named target, the named step, or of the only halted target.
 *
 * @throws BadInput when nothing is halted, or several targets are and none is named.
 */
export function haltedSteps(run: Run, target: string | undefined, id?: string): StepState[] {
  const halted = Object.values(run.steps).filter(step => step.status === 'halted');
  if (halted.length === 0) throw new BadInput('run', `nothing of ${run.id} is halted.`);
  const named = id === undefined ? halted : halted.filter(({ node }) => node.step === id || node.key === id);
  const mine = target === undefined ? named : named.filter(step => step.node.target === target);
  if (mine.length === 0) {
    const what = [target, id].filter(one => one !== undefined).join(', ');
    throw new BadInput('target', `${what} isn't halted; ${halted.map(step => step.node.key).join(', ')} is.`);
  }
  const targets = new Set(mine.map(step => step.node.target));
  if (targets.size > 1) throw new BadInput('target', `of which target? Halted are ${[...targets].join(', ')}.`);
  return mine;
}
