import type { NewEntry } from './entries.ts';
import type { DecidePolicy } from './policy.ts';
import { isInOutage } from './readiness.ts';
import { isOver, type Run, type StepState } from './run.ts';

/** Steps that are still to come and wait for the end of the settle window. */
export function stepsAfterWindow(run: Run): StepState[] {
  return Object.values(run.steps).filter(step => step.node.waits === 'window' && !isOver(step));
}

/** Both instances are kept as they are, and `!rollback` goes back to the old one: until when, ms; undefined when not, or no longer. */
export function windowUntil(run: Run, now: number): number | undefined {
  const { window } = run;
  if (window === undefined || now >= window.until) return undefined;
  return stepsAfterWindow(run).length > 0 ? window.until : undefined;
}

/** The outage is over and the window hasn't begun, though there is something that waits for its end. */
export function wantsWindow(run: Run): boolean {
  if (run.outageBegun === undefined || run.window !== undefined) return false;
  return !isInOutage(run) && stepsAfterWindow(run).length > 0;
}

/** Begins the window when the outage is over. Adds its end to the times at which to decide again. Source: procedure, "Settle". */
export function dueWindow(run: Run, { settleFor = 0 }: DecidePolicy, now: number, times: number[]): NewEntry[] {
  if (wantsWindow(run)) return [{ type: 'window-begun', until: now + settleFor }];
  const until = windowUntil(run, now);
  if (until !== undefined) times.push(until);
  return [];
}
