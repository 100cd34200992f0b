import { type Gate, type Node, nodeKey, wholeRun } from '#core/graph.ts';

/** A graph in small numbers, so that it shrinks well. */
export interface Sketch {
  /** Steps of each target, in order; `back`: how far back the one before it is. */
  readonly targets: readonly (readonly { phase: number; gate: number; changes: number; back: number }[])[];
  /** Whether a step of the run stands before and after the outage. */
  readonly announced: boolean;
}

const phases = ['prepare', 'outage', 'settle'] as const;
const gatesOf: Record<'prepare' | 'outage' | 'settle', readonly (Gate | undefined)[]> = {
  prepare: [undefined, 'live'],
  outage: [undefined, 'outage', 'storage', 'address', 'database'],
  settle: [undefined, 'address'],
};

/** The graph of a sketch. */
export function nodesOf(sketch: Sketch): Node[] {
  const nodes: Node[] = [];
  const add = (target: string, step: string, phase: Node['phase'], gate: Gate | undefined, after: string[]) =>
    nodes.push({ key: nodeKey(target, step), target, step, title: step, phase, danger: 'safe', gate, after });
  const begins = nodeKey(wholeRun, 'begins');
  if (sketch.announced) add(wholeRun, 'begins', 'outage', undefined, []);
  sketch.targets.forEach((steps, t) => {
    let phaseNow = 0;
    steps.forEach((step, i) => {
      phaseNow = Math.max(phaseNow, step.phase);
      const phase = phases[phaseNow] ?? 'settle';
      const after = i === 0 ? [] : [nodeKey(`t${t}`, `s${Math.max(0, i - 1 - step.back)}`)];
      if (sketch.announced && phase !== 'prepare') after.push(begins);
      add(`t${t}`, `s${i}`, phase, gatesOf[phase][step.gate % gatesOf[phase].length], after);
    });
  });
  const last = sketch.targets.flatMap((steps, t) =>
    steps.length === 0 ? [] : [nodeKey(`t${t}`, `s${steps.length - 1}`)],
  );
  if (sketch.announced) add(wholeRun, 'over', 'outage', undefined, last);
  return nodes;
}
