import { type PlannedChange, sameEffect } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import { FerryError, Halt } from '#core/errors.ts';
import { gatesOfOutage, isOfOutage } from '#core/gates.ts';
import { inOrder } from '#core/graph.ts';
import { hashOf } from '#core/hash.ts';
import type { JsonObject } from '#core/json.ts';
import { isAlive, type Run } from '#core/run.ts';
import { contextOf } from './context.ts';
import type { Engine } from './engine.ts';
import { OddReadings } from './odd-readings.ts';
import { type Procedure, plannedOrHalted, stepDefinition } from './plan-step.ts';
import { readPatiently } from './read-patiently.ts';
import type { RunHandle } from './run-handle.ts';

/** The step that reads the facts of a target, by what the run is. */
const readingStep = {
  upgrade: 'check-readiness',
  retirement: 'check-retirement',
  return: 'check-return',
} as const;

/**
 * Reads the facts of targets again and plans again what hasn't begun. A plan with another effect voids the requests that
 * asked for it, with the difference; it is then asked anew. A target that isn't ready any more halts before its next step.
 * Called before an outage, or what can't be undone, begins. Facts and what follows from them are one append.
 */
export async function refreshFacts(engine: Engine, handle: RunHandle, targets: readonly string[]): Promise<void> {
  await recordFacts(engine, handle, await Promise.all(targets.map(target => readTarget(engine, handle, target))));
}

/**
 * Journals what differs from the facts that are known, and that the others were checked. Of a target that isn't ready any
 * more the known ones count no longer: after a `!retry` they are read again. Too late for an outage that has begun.
 */
export async function recordFacts(engine: Engine, handle: RunHandle, read: readonly Read[]): Promise<void> {
  await handle.record(run => {
    if (run.outageBegun !== undefined || run.ended !== undefined) return [];
    const fresh = { ...run.facts };
    const entries = read.flatMap((one): NewEntry[] => {
      const { target } = one;
      // The estate was altered meanwhile: what was read is of what it said before, and is read anew.
      if (one.settings !== run.settings) return [];
      if ('failed' in one)
        return [...haltBefore(run, target, one.failed), { type: 'facts-checked', target, holds: false }];
      const known = run.facts[target];
      const { facts, remarks } = one;
      const same = known !== undefined && hashOf([known.facts, [...known.remarks]]) === hashOf([facts, [...remarks]]);
      if (same) return [{ type: 'facts-checked', target, holds: true }];
      fresh[target] = { facts, remarks, at: 0, seq: 0 };
      return [{ type: 'facts', target, facts, remarks }];
    });
    return [...entries, ...drift({ ...run, facts: fresh }, engine.procedure)];
  });
}

/** What reading a target's facts came to. */
export type Read =
  | (ReadBy & { readonly facts: JsonObject; readonly remarks: readonly string[] })
  | (ReadBy & { readonly failed: FerryError });

interface ReadBy {
  readonly target: string;
  /** Those of the run when it was read. */
  readonly settings: JsonObject;
}

export async function readTarget(engine: Engine, handle: RunHandle, target: string): Promise<Read> {
  const { settings } = handle.run;
  try {
    const reading = stepDefinition(engine.procedure, readingStep[handle.run.what]);
    const { clock, timing } = engine;
    // What would void an approval is no fact when it was read once.
    const odd = new OddReadings(timing, timing.doubt);
    for (;;) {
      const result = await readPatiently(engine, async () =>
        reading.read?.(engine.readers, contextOf(handle.run, target)),
      );
      const read = { target, settings, facts: result?.facts ?? {}, remarks: result?.remarks ?? [] };
      if (!voids(handle.run, read, engine.procedure) || odd.counts(clock.now())) return read;
      await clock.sleep(odd.pause);
    }
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { target, settings, failed: error };
  }
}

/** Whether what was read of a target takes an approval or a request away. */
function voids(
  run: Run,
  { target, facts, remarks }: Extract<Read, { facts: JsonObject }>,
  procedure: Procedure,
): boolean {
  const known = run.facts[target];
  if (run.outageBegun !== undefined || known === undefined || hashOf(known.facts) === hashOf(facts)) return false;
  const fresh = { ...run.facts, [target]: { facts, remarks, at: 0, seq: 0 } };
  return drift({ ...run, facts: fresh }, procedure).some(entry => entry.type === 'voided' || entry.type === 'halted');
}

/** The halt of the target's next step (or of the run's, when the target has none), unless nothing is to come. */
function haltBefore(run: Run, target: string, error: FerryError): NewEntry[] {
  const next = inOrder(run.graph)
    .map(key => run.steps[key])
    .filter(step => step?.status === 'waiting' && step.node.phase !== 'undo');
  const step = next.find(one => one?.node.target === target) ?? next[0];
  if (step === undefined) throw error;
  const evidence = error instanceof Halt ? error.evidence : [];
  return [{ type: 'halted', step: step.node.key, code: error.code, sentence: error.message, evidence }];
}

/** Plans that differ from the journaled ones by their effect, and the requests that are void for it. Pure. */
export function drift(run: Run, procedure: Procedure): NewEntry[] {
  const entries: NewEntry[] = [];
  const differences = new Map<string, string[]>();
  for (const step of Object.values(run.steps)) {
    const { node, plan, status } = step;
    if (status !== 'waiting' || plan === undefined || node.phase === 'undo') continue;
    const now = plannedOrHalted(run, node.key, procedure);
    if (now.type === 'planned' && sameEffect(plan, now.changes)) continue;
    entries.push(now);
    // No plan fits them: what was read doesn't count as fresh, so that no retry begins an outage with the plan before.
    if (now.type === 'halted') entries.push({ type: 'facts-checked', target: node.target, holds: false });
    if (now.type !== 'planned') continue;
    const lines = difference(node.key, plan, now.changes);
    // A gate of the outage covers all that runs from then on, behind whatever gate or none.
    const concerned = isOfOutage(step) ? gatesOfOutage(run) : node.gate === undefined ? [] : [node.gate];
    for (const gate of concerned) differences.set(gate, [...(differences.get(gate) ?? []), ...lines]);
  }
  for (const request of run.requests) {
    if (!isAlive(request)) continue;
    const lines = [...new Set(request.gates.flatMap(one => differences.get(one.gate) ?? []))];
    if (lines.length > 0) entries.push({ type: 'voided', request: request.request, why: 'drift', difference: lines });
  }
  return entries;
}

function difference(key: string, before: readonly PlannedChange[], after: readonly PlannedChange[]): string[] {
  const was = before.map(change => change.says).filter(line => !after.some(change => change.says === line));
  const is = after.map(change => change.says).filter(line => !before.some(change => change.says === line));
  const lines = [...was.map(line => `${key}: no longer: ${line}`), ...is.map(line => `${key}: now: ${line}`)];
  return lines.length > 0 ? lines : [`${key}: another effect, or another way back, in the same words`];
}
