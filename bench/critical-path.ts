import type { Entry } from '#core/entries.ts';
import { fold } from '#core/fold.ts';
import { inOrder } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import type { SimWait } from '#sim/kernel.ts';

/** How an outage compares with the delays of the world that nobody can shorten. All in ms. */
export interface OutagePath {
  /** From the outage's begin to the end of its last step. */
  readonly took: number;
  /** The world's delays inside the steps of the longest path. */
  readonly path: number;
  /** The steps of that path that wait longest beyond the world's delays, the worst first: "key +ms". */
  readonly worst: readonly string[];
}

type Span = readonly [from: number, to: number];

/**
 * The longest path through the outage's steps, each weighing what the world's delays that belong to it cover of its time. A
 * delay belongs to a step when it is of the output file of one of its changes, or of something that its plan names.
 */
export function outagePath(entries: readonly Entry[], waits: readonly SimWait[]): OutagePath {
  const run = fold([...entries]);
  const begun = run.outageBegun?.at ?? 0;
  const longest = new Map<string, { readonly ms: number; readonly path: readonly string[] }>();
  let last = begun;
  for (const key of inOrder(run.graph)) {
    const step = run.steps[key];
    if (step?.node.phase !== 'outage' || step.begunAt === undefined || step.endedAt === undefined) continue;
    last = Math.max(last, step.endedAt);
    const before = step.node.after.flatMap(one => longest.get(one) ?? []);
    const best = before.reduce((one, other) => (other.ms > one.ms ? other : one), {
      ms: 0,
      path: [] as readonly string[],
    });
    longest.set(key, { ms: best.ms + worldTime(run, step, waits), path: [...best.path, key] });
  }
  const path = [...longest.values()].reduce((one, other) => (other.ms > one.ms ? other : one), { ms: 0, path: [] });
  const beyond = path.path.map(key => {
    const step = run.steps[key] as StepState;
    return { key, ms: (step.endedAt ?? 0) - (step.begunAt ?? 0) - worldTime(run, step, waits) };
  });
  const worst = beyond.sort((one, other) => other.ms - one.ms).map(({ key, ms }) => `${key} +${Math.round(ms)}`);
  return { took: last - begun, path: path.ms, worst: worst.slice(0, 5) };
}

function worldTime(run: Run, step: StepState, waits: readonly SimWait[]): number {
  const plan = step.plan ?? [];
  const keys = plan.flatMap(change => run.changes[change.id]?.key ?? []);
  const named = JSON.stringify([plan, step.outputs ?? null]);
  const commits = plan.some(change => change.kind === 'edit-inventory');
  const belongs = ({ about }: SimWait) => {
    if (about === '') return false;
    if (about === 'checkout') return commits;
    if (about.includes(run.uid)) return keys.some(key => about.includes(key));
    return named.includes(about);
  };
  const from = step.begunAt ?? 0;
  const to = step.endedAt ?? 0;
  const spans = waits
    .filter(wait => wait.to > from && wait.from < to && belongs(wait))
    .map((wait): Span => [Math.max(from, wait.from), Math.min(to, wait.to)]);
  return covered(spans);
}

function covered(spans: readonly Span[]): number {
  let sum = 0;
  let end = 0;
  for (const [from, to] of [...spans].sort((one, other) => one[0] - other[0])) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}
