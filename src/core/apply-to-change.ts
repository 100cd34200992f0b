import type { Entry } from './entries.ts';
import { freshChange } from './new-run.ts';
import type { ChangeState, Run } from './run.ts';

type OfChange = Extract<Entry, { type: 'intended' | 'made' | 'found' | 'refused' | 'unknown' | 'failed' }>;

/** What an entry about a change does to its state. */
export function applyToChange(run: Run, entry: OfChange): void {
  const change = openChange(run, entry.change);
  switch (entry.type) {
    case 'intended':
      if (change.intents === 0) change.before = entry.before;
      change.intents += 1;
      change.outcome = 'intended';
      change.request = entry.request;
      change.generation = entry.generation;
      change.key = entry.key;
      change.sendBy = entry.sendBy;
      change.lease = entry.lease;
      change.lookedAt = false;
      return;
    case 'found':
      // What a person did for the run counts as the run's: the way back undoes it.
      if (change.intents === 0) change.found = !byPeople(run, entry.change);
      change.outcome = 'made';
      change.output = entry.output;
      return;
    case 'made':
      change.outcome = 'made';
      change.output = entry.output;
      return;
    case 'refused':
      change.outcome = 'refused';
      change.harmless += 1;
      change.refusals += 1;
      return;
    case 'unknown':
      change.outcome = 'unknown';
      change.unclear += 1;
      return;
    case 'failed':
      change.outcome = 'failed';
      change.generation = entry.generation + 1;
  }
}

function openChange(run: Run, id: string): ChangeState {
  const state = run.changes[id] ?? freshChange(id);
  run.changes[id] = state;
  return state;
}

/** Its step (a change's id is the step's key and an index) is done by hand, or has halted: then people worked on it, whether they say `!done` or `!retry`. */
function byPeople(run: Run, change: string): boolean {
  const step = run.steps[change.slice(0, change.lastIndexOf('/'))];
  return step !== undefined && (step.status === 'by-hand' || step.halts > 0);
}
