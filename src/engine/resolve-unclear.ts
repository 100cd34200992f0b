import { Halt } from '#core/errors.ts';
import { changeOf } from '#core/fold.ts';
import type { Run, StepState } from '#core/run.ts';
import type { Look } from './define-change.ts';
import type { Engine, Hold } from './engine.ts';
import type { RunHandle } from './run-handle.ts';
import { ChangeWatch } from './watch-change.ts';

/**
 * Looks at what a turning target's halted steps left unclear, so that the way back knows what it has to undo: a change
 * that shows is recorded with its output, one that certainly never happened as refused. What stays unclear, or is still under way, is undone too.
 *
 * @throws Stopped the process was asked to stop; LeaseLost.
 */
export async function resolveUnclear(engine: Engine, handle: RunHandle, hold: Hold): Promise<void> {
  for (const step of unclearSteps(handle.run)) {
    for (const change of step.plan ?? []) {
      const { outcome, sendBy } = changeOf(handle.run, change.id);
      if (outcome !== 'intended' && outcome !== 'unknown') continue;
      const watch = new ChangeWatch(engine, handle, hold, step.node.key, change);
      const look = await lookOnce(watch, sendBy + engine.timing.reply);
      if (look?.is === 'after') {
        const saw = look.saw ?? 'seen before turning back';
        await handle.record(() => [{ type: 'found', change: change.id, output: look.output, saw }]);
      } else if (look?.is === 'before' || look?.is === 'not-yet') {
        const sentence = 'it never happened: the world looks as before';
        await handle.record(() => [
          { type: 'refused', change: change.id, code: 'never-happened', sentence, retry: false },
        ]);
      }
    }
  }
}

function unclearSteps(run: Run): StepState[] {
  const targets = run.turning?.targets ?? [];
  return Object.values(run.steps).filter(step => targets.includes(step.node.target) && step.plan !== undefined);
}

/** @returns undefined when it can't be seen. */
async function lookOnce(watch: ChangeWatch, over: number): Promise<Look | undefined> {
  try {
    return await watch.untilClear(over);
  } catch (error) {
    if (error instanceof Halt) return undefined;
    throw error;
  }
}
