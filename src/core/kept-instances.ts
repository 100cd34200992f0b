import type { Run } from './run.ts';

/**
 * Targets whose old instance is still kept, each with the run that upgraded it: no finished retirement or return came after.
 *
 * @param runs all runs of an environment, newest first.
 */
export function keptInstances(runs: readonly Run[]): Map<string, Run> {
  const kept = new Map<string, Run>();
  const settled = new Set<string>();
  for (const run of runs) {
    if (run.ended?.outcome !== 'done') continue;
    for (const { name } of run.targets) {
      if (settled.has(name) || run.turned[name] !== undefined) continue;
      settled.add(name);
      if (run.what === 'upgrade') kept.set(name, run);
    }
  }
  return kept;
}

/**
 * Runs that turned back from a target, and returns of it, each since the target's newest retirement: what was turned back
 * from is kept until the next.
 *
 * @param runs all runs of an environment, newest first.
 */
export function turnedBackSince(runs: readonly Run[], target: string): Run[] {
  const mine = runs.filter(run => run.ended !== undefined && run.targets.some(one => one.name === target));
  const retired = mine.findIndex(run => run.what === 'retirement' && run.ended?.outcome === 'done');
  return mine
    .slice(0, retired === -1 ? undefined : retired)
    .filter(run => run.what === 'return' || run.turned[target] !== undefined);
}

/**
 * Targets that no instance was left of to retire, each with the run that says so: the newest that ended went back, or removed it.
 *
 * @param runs all runs of an environment, newest first. @param keeps whether a run that turned back left an instance.
 */
export function leftNothingOld(
  runs: readonly Run[],
  keeps: (run: Run, target: string) => boolean = () => false,
): Map<string, Run> {
  const kept = keptInstances(runs);
  const nothing = new Map<string, Run>();
  const seen = new Set<string>();
  for (const run of runs) {
    if (run.ended === undefined || run.ended.outcome === 'cancelled') continue;
    for (const { name } of run.targets) {
      const aside = turnedBackSince(runs, name).some(one => keeps(one, name));
      if (!seen.has(name) && !kept.has(name) && !aside) nothing.set(name, run);
      seen.add(name);
    }
  }
  return nothing;
}

export interface RetireTiming {
  /** From the end of an upgrade to the first reminder, and from one to the next, ms. */
  readonly retireRemind: number;
  readonly retireAgain: number;
}

/** A driver is to be reminded of old instances that are kept, for the `nth` time. */
export interface RetireReminder {
  readonly run: Run;
  readonly nth: number;
  readonly targets: readonly string[];
}

/**
 * Reminders that are due: after three days, then weekly, unless told otherwise; not while a retirement or a return of the target is
 * under way. What a run launched and turned back from is kept like an old instance. A bot that was away for long reminds once.
 * Source: procedure, "Retire".
 *
 * @param runs all runs of an environment, newest first. @param keeps whether a run that turned back left an instance.
 */
export function dueRetireReminders(
  runs: readonly Run[],
  timing: RetireTiming,
  now: number,
  keeps: (run: Run, target: string) => boolean = () => false,
): RetireReminder[] {
  const leaving = new Set(
    runs
      .filter(run => run.what !== 'upgrade' && run.ended === undefined)
      .flatMap(run => run.targets.map(target => target.name)),
  );
  const targets = new Map<Run, string[]>();
  const names = new Set(runs.flatMap(run => run.targets.map(target => target.name)));
  const aside = [...names].flatMap(name =>
    turnedBackSince(runs, name).flatMap(run => (keeps(run, name) ? [[name, run] as const] : [])),
  );
  for (const [name, run] of [...keptInstances(runs), ...aside]) {
    if (!leaving.has(name)) targets.set(run, [...(targets.get(run) ?? []), name]);
  }
  return [...targets].flatMap(([run, names]) => {
    const late = now - (run.ended?.at ?? now) - timing.retireRemind;
    const nth = 1 + Math.floor(late / timing.retireAgain);
    return nth > (run.reminded.retire ?? 0) ? [{ run, nth, targets: names }] : [];
  });
}
