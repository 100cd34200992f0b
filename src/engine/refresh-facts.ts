import { type PlannedChange, sameEffect } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import { contextOf } from './context.ts';
import type { Engine } from './engine.ts';
import { type Procedure, planStep, stepDefinition } from './plan-step.ts';
import type { RunHandle } from './run-handle.ts';

/** The step that reads the facts of a target, by what the run is. */
const readingStep = { upgrade: 'check-readiness', retirement: 'check-retirement' } as const;

/**
 * Reads the facts of targets again and plans again what hasn't begun. A plan with another effect voids the requests that
 * asked for it, with the difference; it is then asked anew. Called before an outage begins.
 *
 * @throws Halt what the reading step throws when a target isn't ready any more.
 */
export async function refreshFacts(engine: Engine, handle: RunHandle, targets: readonly string[]): Promise<void> {
  const reading = stepDefinition(engine.procedure, readingStep[handle.run.what]);
  const read = await Promise.all(
    targets.map(async target => {
      const result = await reading.read?.(engine.readers, contextOf(handle.run, target));
      return { target, facts: result?.facts ?? {}, remarks: result?.remarks ?? [] };
    }),
  );
  await handle.record(() => read.map(one => ({ type: 'facts', ...one })));
  await handle.record(run => drift(run, engine.procedure));
}

/** Plans that differ from the journaled ones by their effect, and the requests that are void for it. Pure. */
export function drift(run: Run, procedure: Procedure): NewEntry[] {
  const entries: NewEntry[] = [];
  const differences = new Map<string, string[]>();
  for (const step of Object.values(run.steps)) {
    const { node, plan, status } = step;
    if (status !== 'waiting' || plan === undefined || node.phase === 'undo') continue;
    const now = planStep(run, node.key, procedure);
    if (sameEffect(plan, now)) continue;
    entries.push({ type: 'planned', step: node.key, changes: now });
    if (node.gate !== undefined) {
      differences.set(node.gate, [...(differences.get(node.gate) ?? []), ...difference(node.key, plan, now)]);
    }
  }
  for (const request of run.requests) {
    if (request.status !== 'open' && request.status !== 'approved') continue;
    const lines = request.gates.flatMap(one => differences.get(one.gate) ?? []);
    if (lines.length > 0) entries.push({ type: 'voided', request: request.request, why: 'drift', difference: lines });
  }
  return entries;
}

function difference(key: string, before: readonly PlannedChange[], after: readonly PlannedChange[]): string[] {
  const was = before.map(change => change.says).filter(line => !after.some(change => change.says === line));
  const is = after.map(change => change.says).filter(line => !before.some(change => change.says === line));
  return [...was.map(line => `${key}: no longer: ${line}`), ...is.map(line => `${key}: now: ${line}`)];
}
