import { mayStart } from '#core/decide.ts';
import type { Announcement, NewEntry } from '#core/entries.ts';
import { FerryError, Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import { isTurning } from '#core/readiness.ts';
import type { Run, StepState } from '#core/run.ts';
import { isBelieved, seenByHand } from './check-by-hand.ts';
import { contextOf } from './context.ts';
import type { StepDefinition, Verdict } from './define-step.ts';
import type { Engine, Hold } from './engine.ts';
import { withFreshSessions } from './fresh-sessions.ts';
import { makeChange } from './make-change.ts';
import { OddReadings } from './odd-readings.ts';
import { definitionOf, planStep } from './plan-step.ts';
import { readPatiently } from './read-patiently.ts';
import { LeaseLost, type RunHandle } from './run-handle.ts';
import { Stopped } from './stopped.ts';
import { pauseAfter } from './world-timing.ts';

/**
 * Runs a step to its end, from wherever the journal says that it is: plans it where that wasn't done, makes its changes,
 * verifies, and records that it finished or halted. A process that is asked to stop leaves it running in the journal;
 * the next one goes on.
 *
 * @throws what the journal throws: nothing more can be recorded.
 */
export async function runStep(engine: Engine, handle: RunHandle, hold: Hold, key: string): Promise<void> {
  try {
    const { status } = stepOf(handle, key);
    if (status === 'by-hand') await doneByHand(engine, handle, hold, key);
    else await doStep(engine, handle, hold, key);
  } catch (error) {
    if (error instanceof Stopped || error instanceof LeaseLost || hold.signal.aborted) return;
    const { code, sentence, evidence } = inWords(error);
    if (!(error instanceof FerryError))
      engine.log.error(
        { run: handle.id, step: key, error: String((error as Error).stack) },
        'step failed unexpectedly',
      );
    await handle.record(run => (isInHand(run, key) ? [{ type: 'halted', step: key, code, sentence, evidence }] : []));
    // It couldn't even begin, and the journal doesn't say why: the process lets go of the run rather than try for ever.
    if (handle.run.steps[key]?.status === 'waiting') throw error;
  } finally {
    engine.progress.set(handle.id, key, undefined);
  }
}

/** The journal still has the step going: nobody ended it otherwise meanwhile. */
function isInHand(run: Run, key: string): boolean {
  const status = run.steps[key]?.status;
  return run.strange === undefined && (status === 'running' || status === 'by-hand');
}

function inWords(error: unknown): { code: string; sentence: string; evidence: readonly string[] } {
  if (error instanceof Halt) return { code: error.code, sentence: error.message, evidence: error.evidence };
  if (error instanceof FerryError) return { code: error.code, sentence: error.message, evidence: [] };
  return { code: 'unexpected', sentence: `unexpected: ${(error as Error).message}`, evidence: [] };
}

function stepOf(handle: RunHandle, key: string): StepState {
  const step = handle.run.steps[key];
  if (step === undefined) throw new Error(`${handle.id} has no step ${key}`);
  return step;
}

async function doStep(engine: Engine, handle: RunHandle, hold: Hold, key: string): Promise<void> {
  await begin(engine, handle, hold, key);
  const { node, status } = stepOf(handle, key);
  if (status === 'done') return;
  const definition = definitionOf(engine.procedure, node);
  if (!hasRead(handle.run, key)) await readFacts(engine, handle, hold, key, definition);
  const plan = stepOf(handle, key).plan ?? [];
  const outputs: JsonObject[] = [];
  if (definition.waitsForOutages === true && plan.length > 0) {
    await untilOk(engine, handle, hold, key, () => noOtherOutage(engine, handle.run), Number.POSITIVE_INFINITY);
  }
  await untilOk(engine, handle, hold, key, definition.ready);
  await withFreshSessions(engine, handle, key, async () => {
    if (definition.order === 'together') {
      const made = await Promise.allSettled(plan.map(change => makeChange(engine, handle, hold, key, change)));
      for (const result of made) {
        if (result.status === 'rejected') throw result.reason;
        outputs.push(result.value);
      }
    } else {
      for (const change of plan) outputs.push(await makeChange(engine, handle, hold, key, change));
    }
  });
  const verdict = await verify(engine, handle, hold, key);
  await finish(engine, handle, key, outputs, verdict);
}

/** Reads and journals the facts of a step that does that. @throws Halt when the run can't go on with what was read. */
async function readFacts(
  engine: Engine,
  handle: RunHandle,
  hold: Hold,
  key: string,
  definition: StepDefinition,
): Promise<void> {
  const { read } = definition;
  if (read === undefined) return;
  const { node } = stepOf(handle, key);
  const { target } = node;
  let outdated: boolean;
  do {
    const { settings } = handle.run;
    const context = contextOf(handle.run, target);
    const { facts, remarks } = await readPatiently(
      engine,
      () => read(engine.readers, context),
      hold.signal,
      () => isTurning(handle.run, node),
    );
    outdated = false;
    await handle.record(run => {
      // The estate was altered meanwhile: what was read is of what it said before.
      outdated = run.settings !== settings;
      return outdated ? [] : [{ type: 'facts', target, facts, remarks }];
    });
  } while (outdated);
}

/** Its facts stand in the journal since it began, or since a person last said `!retry`: a crash came after them. */
function hasRead(run: Run, key: string): boolean {
  const step = run.steps[key];
  const facts = run.facts[step?.node.target ?? ''];
  return facts !== undefined && step?.begunSeq !== undefined && facts.seq > step.begunSeq;
}

/**
 * Begins a step that waits, at the very head at which it may; plans it in the same append where that wasn't done, and ends it
 * there where it has nothing to do but to say so.
 */
async function begin(engine: Engine, handle: RunHandle, hold: Hold, key: string): Promise<void> {
  let halt: FerryError | undefined;
  await handle.record(run => {
    const step = run.steps[key];
    if (step?.status !== 'waiting' && (step?.status !== 'running' || step.plan !== undefined)) return [];
    if (step.status === 'waiting') {
      if (hold.stopping.aborted) return [];
      if (!mayStart(run, key, engine.policy(run.environment), engine.clock.now())) return [];
    }
    const entries: NewEntry[] = [];
    try {
      if (step.plan === undefined) {
        entries.push({ type: 'planned', step: key, changes: planStep(run, key, engine.procedure) });
      }
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      halt = error;
    }
    if (step.status === 'waiting') entries.push({ type: 'begun', step: key });
    const [planned] = entries;
    const plan = planned?.type === 'planned' ? planned.changes : step.plan;
    if (halt === undefined && step.status === 'waiting' && plan?.length === 0) {
      entries.push(...atOnce(engine, run, key));
    }
    return entries;
  });
  if (halt !== undefined) throw halt;
  const { status } = stepOf(handle, key);
  if (status !== 'running' && status !== 'done') throw new Stopped(`${key} didn't begin`);
}

type Passed = Extract<Verdict, { ok: true }>;

async function finish(
  engine: Engine,
  handle: RunHandle,
  key: string,
  outputs: readonly JsonObject[],
  verdict: Passed,
): Promise<void> {
  const told = toldBy(engine, handle.run, key);
  await handle.record(run => (isInHand(run, key) ? ending(run, key, told, outputs, verdict) : []));
}

/** A step that changes nothing and checks nothing; where its words can't be found, that is said when it has begun. */
function atOnce(engine: Engine, run: Run, key: string): NewEntry[] {
  const node = run.graph[key];
  if (node === undefined) return [];
  try {
    const { read, ready, verify } = definitionOf(engine.procedure, node);
    if (read !== undefined || ready !== undefined || verify !== undefined) return [];
    return ending(run, key, toldBy(engine, run, key), [], { ok: true });
  } catch {
    return [];
  }
}

function toldBy(engine: Engine, run: Run, key: string): readonly Announcement[] {
  const node = run.graph[key];
  if (node === undefined) return [];
  return definitionOf(engine.procedure, node).tell?.(contextOf(run, node.target, key)) ?? [];
}

function ending(
  run: Run,
  key: string,
  told: readonly Announcement[],
  outputs: readonly JsonObject[],
  verdict: Passed,
): NewEntry[] {
  const all = Object.assign({}, ...outputs, { changes: outputs }, verdict.outputs ?? {}) as JsonObject;
  return [
    ...told.filter(item => run.owed[item.item] === undefined).map(item => ({ type: 'owed' as const, ...item })),
    { type: 'finished', step: key, outputs: all, note: verdict.note ?? null },
  ];
}

function verify(engine: Engine, handle: RunHandle, hold: Hold, key: string): Promise<Passed> {
  const { node } = stepOf(handle, key);
  const definition = definitionOf(engine.procedure, node);
  return untilOk(engine, handle, hold, key, definition.verify);
}

/** Asks a check of the step until it says ok; while it says "wait", within the step's limit. */
async function untilOk(
  engine: Engine,
  handle: RunHandle,
  hold: Hold,
  key: string,
  check: StepDefinition['verify'],
  limitMs?: number,
): Promise<Passed> {
  if (check === undefined) return { ok: true };
  const { node } = stepOf(handle, key);
  const { clock, timing, readers, progress, procedure } = engine;
  const limit = limitMs ?? timing.limits[definitionOf(procedure, node).limit ?? 'short'];
  const since = clock.now();
  const deadline = since + limit;
  const odd = new OddReadings(timing, timing.doubt);
  for (;;) {
    const verdict = await tryVerify(() => check(readers, contextOf(handle.run, node.target, key)));
    const now = clock.now();
    if (verdict.ok && (verdict.again === undefined || odd.counts(now))) return verdict;
    if (!verdict.ok) {
      const waits = verdict.wait === true && now < deadline;
      if (waits) odd.forget();
      else if (
        verdict.wait === true ||
        verdict.sure === true ||
        odd.counts(now, verdict.why) ||
        now >= deadline + timing.doubt
      ) {
        throw verdict.halt ?? new Halt('not-verified', verdict.why, { evidence: verdict.evidence ?? [] });
      }
    }
    if (hold.stopping.aborted) throw new Stopped('stopping');
    if (isTurning(handle.run, node)) throw turningBack(handle.run);
    progress.set(handle.id, key, verdict.ok ? (verdict.again ?? '') : verdict.why);
    const waits = !verdict.ok && verdict.wait === true;
    await clock.sleep(waits ? pauseAfter(now - since, timing) : odd.pause, hold.signal);
  }
}

/** Nobody waits any more for what the way back undoes. */
function turningBack({ id }: Run): Halt {
  return new Halt('turning-back', `no longer waited for: ${id} turns back`);
}

/** One outage at a time in an environment, and nothing else plays its playbooks meanwhile (procedure, "Interplay"). */
async function noOtherOutage({ journal }: Engine, run: Run): Promise<Verdict> {
  const other = await journal.otherOutage(run.id);
  if (other === undefined) return { ok: true };
  return { ok: false, wait: true, why: `waiting for the end of the outage of ${other}` };
}

/** What can't be read now may be readable soon; what a person decides (Halt) is a no like another, unless it is sure. */
async function tryVerify(verifyOnce: () => Promise<Verdict> | undefined): Promise<Verdict & { readonly halt?: Halt }> {
  try {
    return (await verifyOnce()) ?? { ok: true };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    if (error instanceof Halt) return { ok: false, why: error.message, sure: error.sure, halt: error };
    return { ok: false, why: error.message, wait: true };
  }
}

/** `!done`: what can be read of it is read; it is finished when that is as it should be, and whoever has to agree did. */
async function doneByHand(engine: Engine, handle: RunHandle, hold: Hold, key: string): Promise<void> {
  const { node, byHand } = stepOf(handle, key);
  const definition = definitionOf(engine.procedure, node);
  await readFacts(engine, handle, hold, key, definition);
  const seen = await seenByHand(engine, handle, hold, key);
  const verdict = await verify(engine, handle, hold, key);
  if (!(await isBelieved(engine, handle, key, seen, verdict))) return;
  const note = `done by hand by ${byHand?.person}: ${byHand?.because}`;
  await finish(engine, handle, key, seen.outputs, { ...verdict, note });
}
