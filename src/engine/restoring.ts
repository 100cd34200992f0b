import { changeOf } from '#core/fold.ts';
import type { Run, StepState } from '#core/run.ts';
import { kindDefinition, type Procedure } from './plan-step.ts';

/**
 * Targets whose way back has to bring something back from a copy: the run altered it so that no inverse brings it back, or
 * people did, whose way of doing it isn't known.
 */
export function restoredTargets(run: Run, targets: readonly string[], procedure: Procedure): ReadonlySet<string> {
  return new Set(
    Object.values(run.steps)
      // What is prepared is tried on a copy: the live data isn't touched by it.
      .filter(({ node }) => targets.includes(node.target) && node.phase !== 'undo' && node.phase !== 'prepare')
      .filter(step => run.turned[step.node.target] === undefined && isLost(run, step, procedure))
      .map(({ node }) => node.target),
  );
}

function isLost(run: Run, step: StepState, procedure: Procedure): boolean {
  const { restore } = procedure.wayBack ?? {};
  if (restore === undefined) return false;
  return (step.plan ?? []).some(change => {
    if (!restore.kinds.includes(change.kind)) return false;
    if (step.byHand !== undefined) return true;
    const state = changeOf(run, change.id);
    if (state.found) return restore.foundToo.includes(change.kind);
    if (state.outcome === 'none' || (state.outcome === 'refused' && state.intents === state.harmless)) return false;
    const made = { before: state.before, output: state.output ?? {} };
    return 'impossible' in kindDefinition(procedure, change.kind, run).inverse(change.args, made);
  });
}
