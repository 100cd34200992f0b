import { isByHandAgreed, makeByHandRequest } from '#core/by-hand.ts';
import { Halt } from '#core/errors.ts';
import { changeOf } from '#core/fold.ts';
import type { JsonObject } from '#core/json.ts';
import { contextOf } from './context.ts';
import type { Verdict } from './define-step.ts';
import type { Engine, Hold } from './engine.ts';
import { definitionOf, planStep } from './plan-step.ts';
import { readPatiently } from './read-patiently.ts';
import type { RunHandle } from './run-handle.ts';
import { ChangeWatch } from './watch-change.ts';

/** What the world shows of a step that people did. */
export interface SeenByHand {
  /** Outputs of its changes, as they were made by the run before or found. */
  readonly outputs: readonly JsonObject[];
  /** Lines of the changes that were found done. */
  readonly found: readonly string[];
  /** Lines of the changes that no look shows when somebody else made them. */
  readonly unread: readonly string[];
}

/**
 * Looks at each change of a step that people say to have done: it must show as made, and what was found is journaled. Only
 * of a kind that can't show what people did it needn't, but never while what the run itself started still runs.
 *
 * @throws Halt `not-done`, `still-runs`.
 */
export async function seenByHand(engine: Engine, handle: RunHandle, hold: Hold, key: string): Promise<SeenByHand> {
  const step = handle.run.steps[key];
  if (step === undefined) throw new Error(`${handle.id} has no step ${key}`);
  const definition = definitionOf(engine.procedure, step.node);
  const outputs: JsonObject[] = [];
  const found: string[] = [];
  const unread: string[] = [];
  for (const change of step.plan ?? planStep(handle.run, key, engine.procedure)) {
    const state = changeOf(handle.run, change.id);
    if (state.outcome === 'made') {
      outputs.push(state.output ?? {});
      if (state.found) found.push(change.says);
      continue;
    }
    const watch = new ChangeWatch(engine, handle, hold, key, change);
    const { kind } = watch;
    const look = await watch.lookSurely(kind.unseen === true ? [] : ['before', 'not-yet', 'failed']);
    if (look.is === 'after') {
      const saw = `by hand, ${step.byHand?.person}`;
      await handle.record(() => [{ type: 'found', change: change.id, output: look.output, saw }]);
      outputs.push(look.output);
      found.push(change.says);
    } else if (look.is === 'under-way') {
      throw new Halt('still-runs', `the run's own command is still at it: ${change.says}: ${look.saw}`);
    } else if (definition.verify === undefined || kind.unseen !== true) {
      const seen = 'sentence' in look ? look.sentence : `it looks as before`;
      throw new Halt('not-done', `not as it should be: ${change.says}: ${seen}`);
    } else {
      unread.push(change.says);
    }
  }
  return { outputs, found, unread };
}

/**
 * Whether a step counts as done by hand: all of it was read, or a second person agrees. Otherwise that is asked, with what
 * could be read of it, and the run waits for the answer.
 */
export async function isBelieved(
  engine: Engine,
  handle: RunHandle,
  key: string,
  { found, unread }: SeenByHand,
  verdict: Verdict,
): Promise<boolean> {
  const { node } = handle.run.steps[key] ?? {};
  if (node === undefined) return false;
  const definition = definitionOf(engine.procedure, node);
  if (unread.length === 0 || definition.verifyReadsAll === true) return true;
  const { clock, policy } = engine;
  const { environment } = handle.run;
  if (isByHandAgreed(handle.run, key, policy(environment), clock.now())) return true;
  const context = contextOf(handle.run, node.target, key);
  const lines = (await readPatiently(engine, async () => definition.readByHand?.(engine.readers, context))) ?? [];
  const note = verdict.ok && verdict.note !== undefined ? [verdict.note] : [];
  await handle.record(run => {
    const byHand = run.steps[key]?.byHand;
    if (run.steps[key]?.status !== 'by-hand' || byHand === undefined) return [];
    const { person, because } = byHand;
    const asked = { step: key, person, because, read: [...found, ...lines, ...note], unread };
    return [makeByHandRequest(run, asked, policy(environment), clock.now())];
  });
  return false;
}
