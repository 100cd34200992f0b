import { nodeKey } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import { outageSince } from '#core/readiness.ts';
import { isOver, type Run } from '#core/run.ts';
import type { StepContext } from './define-step.ts';

/**
 * What a step of a run may know, drawn from the folded journal.
 *
 * @param key the step; one that began before the estate was altered goes on with what the estate said then.
 */
export function contextOf(run: Run, target: string, key?: string): StepContext {
  return {
    run: {
      uid: run.uid,
      id: run.id,
      what: run.what,
      environment: run.environment,
      asker: run.asker,
      release: run.release,
      because: run.because,
      proposedAt: run.proposedAt,
      outageBegunAt: outageSince(run) ?? null,
      outageMinutes: outageMinutes(run),
      outage: run.outageAgain?.nth ?? 1,
      turnedBack: run.targets.every(one => run.turned[one.name] !== undefined),
      turned: run.targets.map(one => one.name).filter(name => run.turned[name] !== undefined),
      targets: run.targets.map(one => one.name),
    },
    target,
    settings: (key === undefined ? undefined : run.steps[key]?.settings) ?? run.settings,
    facts: name => run.facts[name]?.facts,
    outputs: (name, step): JsonObject | undefined => run.steps[nodeKey(name, step)]?.outputs,
    attempts: (name, step) =>
      (run.steps[nodeKey(name, step)]?.plan ?? []).flatMap(({ id, kind }) => {
        const key = run.changes[id]?.key;
        return key === undefined ? [] : [{ kind, key }];
      }),
    undone: (name, step) => {
      const undo = run.steps[nodeKey(name, `undo-${step}`)];
      return undo !== undefined && isOver(undo);
    },
    byHand: (name, step) => run.steps[nodeKey(name, step)]?.byHand,
    has: (name, step) => {
      const state = run.steps[nodeKey(name, step)];
      return state !== undefined && state.status !== 'skipped' && state.status !== 'dropped';
    },
  };
}

/** By the journal's own times, so that a text drawn again is the same. */
function outageMinutes(run: Run): number | null {
  const since = outageSince(run);
  return since === undefined ? null : Math.max(1, Math.round((run.lastAt - since) / 60_000));
}
