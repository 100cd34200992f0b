import { changeTag } from '#changes/launch-instance.ts';
import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * The newest snapshot that this run made of each of the target's volumes in a step is completed; `error` is for a person. Where
 * the step is left out there are none.
 */
export function snapshotsCompleted(step: string, of?: string) {
  return async ({ compute }: Readers, context: StepContext): Promise<Verdict> => {
    const { facts, target } = scene(context, of);
    if (!context.has(target.name, step)) return { ok: true };
    const prefix = `${context.run.uid}.${target.name}.${step}.`;
    const waits: string[] = [];
    for (const { id } of facts.volumes) {
      const made = (await compute.snapshots({ volume: id })).filter(one => one.tags[changeTag]?.startsWith(prefix));
      const snapshot = made.toSorted((a, b) => a.startedAt - b.startedAt).at(-1);
      if (snapshot === undefined) return { ok: false, why: `no snapshot of ${id} is described`, wait: true };
      if (snapshot.state === 'error') return { ok: false, why: `${snapshot.id} of ${id} ended with an error` };
      if (snapshot.state !== 'completed') waits.push(`${snapshot.id} ${snapshot.progress}`);
    }
    return waits.length === 0 ? { ok: true } : { ok: false, wait: true, why: `snapshots: ${waits.join(', ')}` };
  };
}
