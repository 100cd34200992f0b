import type { PlannedChange } from '#core/change.ts';
import type { Run, StepState } from '#core/run.ts';
import type { Drawing } from '../cards.ts';
import { sayDuration } from '../say-time.ts';

/** What an earlier outage of the same roles was, for comparison. */
export interface EarlierRun {
  readonly run: Run;
  /** How long its outage took, ms. */
  readonly took: number;
}

/** "6 detach, 6 attach, 2 addresses, 0 irreversible"; what has no word of its own is counted together. */
export function countWords(steps: readonly StepState[], { outlook }: Drawing): string {
  const changes = steps.flatMap(step => step.plan ?? []);
  const counts = new Map<string, { readonly many: string; count: number }>();
  for (const change of changes) {
    const [one, many] = outlook.counted?.[change.kind] ?? [];
    if (one === undefined || many === undefined) continue;
    const known = counts.get(one) ?? { many, count: 0 };
    known.count += 1;
    counts.set(one, known);
  }
  const counted = [...counts].map(([one, { many, count }]) => `${count} ${count === 1 ? one : many}`);
  const others = changes.length - [...counts.values()].reduce((sum, { count }) => sum + count, 0);
  const rest = others === 1 ? '1 other' : `${others} others`;
  return [
    ...counted,
    ...(others === 0 ? [] : [counted.length === 0 ? `${others} in all` : rest]),
    `${changes.filter(isFinal).length} irreversible`,
  ].join(', ');
}

function isFinal({ undo }: PlannedChange): boolean {
  return 'impossible' in undo;
}

/** What the plan does otherwise than the last run of the same roles did; ids always differ, and aren't told. */
export function comparedWords(run: Run, earlier: EarlierRun | undefined): string | undefined {
  if (earlier === undefined) return undefined;
  const halted = Object.values(earlier.run.steps).filter(step => step.halts > 0);
  const halts = halted.reduce((sum, step) => sum + step.halts, 0);
  const names = [...new Set(halted.map(step => step.node.step))].slice(0, 2).join(', ');
  const last = `${earlier.run.id}, ${sayDuration(earlier.took)}, ${halts === 1 ? '1 halt' : `${halts} halts`}${names === '' ? '' : `: ${names}`}`;
  const [before, now] = [shapeOf(earlier.run, run), shapeOf(run, run)];
  const more = differing(now, before).map(word => `+ ${word}`);
  const less = differing(before, now).map(word => `− ${word}`);
  const all = [...more, ...less];
  const shown = all.length <= 3 ? all : [...all.slice(0, 2), `and ${all.length - 2} more`];
  return `${last}: ${all.length === 0 ? 'ids only' : shown.join(', ')}`;
}

/** How often each role's step makes each kind of change, of the steps that are planned in the run that is asked about. */
function shapeOf(run: Run, asked: Run): Map<string, number> {
  const roles = new Map<string, string>(run.targets.map(({ name, role }) => [name, role]));
  const wanted = new Map<string, string>(asked.targets.map(({ name, role }) => [role, name]));
  const shape = new Map<string, number>();
  for (const { node, plan = [], status } of Object.values(run.steps)) {
    const role = roles.get(node.target) ?? '';
    const counterpart = asked.steps[`${wanted.get(role) ?? node.target}/${node.step}`];
    // What isn't planned yet here can't differ yet; what was left out there is no part of what was done.
    if (node.phase === 'undo' || counterpart?.plan === undefined || status === 'skipped') continue;
    for (const { kind } of plan) {
      const key = `${kind} in ${node.step}`;
      shape.set(key, (shape.get(key) ?? 0) + 1);
    }
  }
  return shape;
}

/** What there is more of. */
function differing(here: ReadonlyMap<string, number>, there: ReadonlyMap<string, number>): string[] {
  return [...here].flatMap(([key, count]) => {
    const more = count - (there.get(key) ?? 0);
    return more > 0 ? [`${more} ${key}`] : [];
  });
}
