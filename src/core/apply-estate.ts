import type { EntryOf } from './entries.ts';
import { addNodes } from './new-run.ts';
import { isOver, type Run, type StepState } from './run.ts';

/**
 * The run is drawn from the estate anew: what hasn't begun loses its plan, and facts count no longer. What has begun goes on
 * with the settings that its plan was made from, also after a retry.
 */
export function applyEstate(run: Run, { settings, nodes, gone }: EntryOf<'estate-altered'>): void {
  const before = run.settings;
  run.settings = settings;
  run.keptFrom = [];
  run.started = undefined;
  for (const key of gone) remove(run, key);
  regraph(run, nodes);
  for (const step of Object.values(run.steps)) {
    if (step.node.phase === 'undo' || isOver(step)) continue;
    if (isToPlanAnew(run, step)) step.plan = undefined;
    else step.settings ??= before;
  }
  run.facts = Object.fromEntries(Object.entries(run.facts).map(([target, facts]) => [target, { ...facts, at: 0 }]));
  run.unread = Object.keys(run.facts);
}

/** Nothing of it was begun; or it halted before anything was sent, and no second person was asked for it. */
function isToPlanAnew(run: Run, { status, begunSeq, node, plan = [] }: StepState): boolean {
  if (begunSeq === undefined) return status === 'waiting' || status === 'halted';
  return status === 'halted' && node.gate === undefined && plan.every(({ id }) => run.changes[id] === undefined);
}

function remove(run: Run, key: string): void {
  const { [key]: _, ...graph } = run.graph;
  run.graph = graph;
  delete run.steps[key];
}

/** Steps keep their state, whatever their node says now. */
function regraph(run: Run, nodes: EntryOf<'estate-altered'>['nodes']): void {
  const known = nodes.filter(({ key }) => run.steps[key] !== undefined);
  addNodes(
    run,
    nodes.filter(({ key }) => run.steps[key] === undefined),
  );
  run.graph = { ...run.graph, ...Object.fromEntries(known.map(node => [node.key, node])) };
  for (const node of known) {
    const step = run.steps[node.key];
    if (step !== undefined) step.node = node;
  }
}
