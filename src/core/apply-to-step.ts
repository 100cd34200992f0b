import type { Entry } from './entries.ts';
import type { Altered, Run, StepState } from './run.ts';

type OfStep = Extract<
  Entry,
  { type: 'planned' | 'begun' | 'finished' | 'halted' | 'retried' | 'done-by-hand' | 'skipped' }
>;

/** What an entry about a step does to its state. @throws Error when the run doesn't have the step. */
export function applyToStep(run: Run, entry: OfStep): void {
  const step = stepOf(run, entry.step);
  switch (entry.type) {
    case 'planned':
      step.plan = entry.changes;
      return;
    case 'begun':
      step.status = 'running';
      step.begunAt ??= entry.at;
      step.begunSeq ??= entry.seq;
      return;
    case 'finished':
      step.status = 'done';
      step.endedAt = entry.at;
      step.outputs = entry.outputs;
      step.note = entry.note ?? undefined;
      return;
    case 'halted':
      if (step.status === 'running') step.ranUntil = entry.at;
      step.status = 'halted';
      step.halts += 1;
      step.halt = { code: entry.code, sentence: entry.sentence, evidence: entry.evidence, at: entry.at };
      return;
    case 'retried':
      step.halt = undefined;
      // One that halted before it began goes through its gates and its phase like any other.
      step.status = step.begunSeq === undefined ? 'waiting' : 'running';
      if (step.begunSeq !== undefined) step.begunSeq = entry.seq;
      forgive(run, step);
      return;
    case 'done-by-hand':
      // Not begun: nothing of it was started under its gate.
      step.status = 'by-hand';
      step.halt = undefined;
      step.byHand = {
        person: entry.person,
        because: entry.because,
        since: step.ranUntil ?? step.begunAt ?? run.proposedAt,
      };
      step.begunAt ??= entry.at;
      alter(step, 'done by hand', entry);
      return;
    case 'skipped':
      step.status = 'skipped';
      step.halt = undefined;
      step.endedAt = entry.at;
      step.note = entry.because;
      alter(step, 'left out', entry);
  }
}

function alter(step: StepState, how: Altered['how'], { person, because, seq }: Omit<Altered, 'how'>): void {
  step.altered = { how, person, because, seq };
}

/** A person said to go on: what bounds refusals and unclear outcomes counts from here. */
function forgive(run: Run, step: StepState): void {
  for (const { id } of step.plan ?? []) {
    const change = run.changes[id];
    if (change === undefined) continue;
    change.refusals = 0;
    change.unclear = 0;
    change.lookedAt = change.outcome === 'intended' || change.outcome === 'unknown';
  }
}

function stepOf(run: Run, key: string): StepState {
  const step = run.steps[key];
  if (step === undefined) throw new Error(`${run.id} has no step ${key}`);
  return step;
}
