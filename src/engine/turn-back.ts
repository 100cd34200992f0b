import type { Change, PlannedChange } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { changeOf } from '#core/fold.ts';
import { inOrder, isOutageNode, type Node, nodeKey, predecessors, wholeRun } from '#core/graph.ts';
import { hashOf } from '#core/hash.ts';
import type { ChangeState, Run, StepState } from '#core/run.ts';
import { contextOf } from './context.ts';
import { kindDefinition, type Procedure, planAs, stepDefinition, undoId } from './plan-step.ts';
import { restoredTargets } from './restoring.ts';
import { freeKey, toldSteps } from './way-back-steps.ts';

/** One step of the way back, before it is journaled. */
interface Back {
  readonly step: StepState;
  readonly changes: readonly PlannedChange[];
  /** Each change is one that the approval of the way forward showed. */
  readonly shown: boolean;
  /** The procedure's own step that comes in the place of its inverses. */
  readonly as?: string;
}

/** The way back of some targets, as it would be now: for `!rollback`'s answer and for the engine. */
export interface WayBack {
  readonly nodes: readonly Node[];
  readonly plans: Readonly<Record<string, readonly PlannedChange[]>>;
  readonly dropped: readonly string[];
  readonly shown: boolean;
  /** What can't be undone, one sentence each. With any of them the way back isn't whole. */
  readonly impossible: readonly string[];
}

/**
 * Plans the inverses of what a run did for some targets, in reverse order of its graph. Steps that never began are
 * dropped; what the run only found done stays; an unclear change is undone too, since its inverse looks first. Out of an
 * outage the procedure's own steps join them: each target is checked at its end, and users are told.
 */
export function wayBack(run: Run, targets: readonly string[], procedure: Procedure): WayBack {
  const whole = run.targets.every(target => targets.includes(target.name) || run.turned[target.name] !== undefined);
  const mine = (step: StepState) => targets.includes(step.node.target) && step.node.phase !== 'undo';
  const impossible: string[] = [];
  const back: Back[] = [];
  const dropped: string[] = [];
  const restored = restoredTargets(run, targets, procedure);
  for (const key of inOrder(run.graph).toReversed()) {
    const step = run.steps[key];
    if (step === undefined) continue;
    if (mine(step)) {
      if (run.turned[step.node.target] !== undefined) continue;
      if (step.status !== 'done' && step.status !== 'skipped' && step.status !== 'dropped') dropped.push(key);
      const undone = restored.has(step.node.target)
        ? undoBesideRestore(run, step, procedure, impossible)
        : undoStep(run, step, procedure, impossible);
      if (undone.changes.length > 0) back.push(undone);
    } else if (whole && step.node.target === wholeRun && dropsWithTargets(run, step)) {
      dropped.push(key);
    }
  }
  const shown = back.every(one => one.shown);
  const undo = undoNodes(run, back, targets, procedure, shown);
  const told = toldSteps({ run, targets, procedure, undo: undo.nodes, gate: shown ? undefined : 'undo' });
  return {
    nodes: told.nodes,
    plans: { ...undo.plans, ...told.plans },
    dropped: [...dropped, ...told.dropped],
    shown,
    impossible,
  };
}

/** Each step's inverses as a node, after those of all that came after it. */
function undoNodes(
  run: Run,
  back: readonly Back[],
  targets: readonly string[],
  procedure: Procedure,
  shown: boolean,
): Pick<WayBack, 'nodes' | 'plans'> {
  const beside = (node: Node) => procedure.steps[node.step]?.undoneBeside === true;
  const keys = back.filter(one => !beside(one.step.node)).map(one => one.step.node.key);
  const names = new Map(back.map(one => [one.step.node.key, backKey(run, one)]));
  const nodes: Node[] = [];
  const plans: Record<string, readonly PlannedChange[]> = {};
  for (const { step, changes, as } of back) {
    const { node } = step;
    const key = names.get(node.key) ?? undoKey(node);
    const own = as === undefined ? undefined : stepDefinition(procedure, as);
    const later = keys.filter(other => comesAfter(run.graph, other, node));
    nodes.push({
      key,
      target: node.target,
      step: as ?? undoId(node.step),
      title: own?.title ?? `Undo: ${node.title}`,
      phase: 'undo',
      undoes: beside(node) ? 'prepare' : node.phase,
      danger: own?.danger ?? node.danger,
      gate: shown ? undefined : 'undo',
      after: [...later.map(other => names.get(other) ?? other), ...othersBefore(run, node, targets, procedure)],
    });
    plans[key] = changes.map((change, index) => ({ ...change, id: `${key}/${index}` }));
  }
  return { nodes, plans };
}

/** All of a target's outage comes after all that was prepared for it, though no arrow says so: its way back comes first. */
function comesAfter(graph: Run['graph'], key: string, before: Node): boolean {
  if (predecessors(graph, key).has(before.key)) return true;
  const node = graph[key];
  return node?.target === before.target && before.phase === 'prepare' && node.phase !== 'prepare';
}

/** What the run's other targets, which go on, must have come to before a step of this one is taken back. */
function othersBefore(run: Run, node: Node, targets: readonly string[], { steps }: Procedure): string[] {
  const others = Object.values(run.graph).filter(
    other => other.target !== node.target && other.target !== wholeRun && !targets.includes(other.target),
  );
  const { until, waitsForOutages } = steps[node.step] ?? {};
  // It plays the playbook of a host that may be replaced just now.
  if (waitsForOutages === true) return others.filter(isOutageNode).map(other => other.key);
  const end = until === undefined ? undefined : run.graph[nodeKey(node.target, until)];
  return others.filter(other => end?.after.includes(other.key)).map(other => other.key);
}

/** The inverses of what one step of a run made, for whoever goes back later; what can't be undone, one sentence each. */
export function inversesOf(
  run: Run,
  key: string,
  procedure: Procedure,
): { readonly changes: readonly Change[]; readonly impossible: readonly string[] } {
  const step = run.steps[key];
  const impossible: string[] = [];
  const planned = step === undefined ? [] : undoStep(run, step, procedure, impossible).changes;
  return { changes: planned.map(({ kind, version, args }) => ({ kind, version, args })), impossible };
}

/** What follows when the run's targets have stopped: the entry that turns it back, and a note of what stays as it is. */
export function turnBack(run: Run, procedure: Procedure): NewEntry[] {
  if (run.turning === undefined) return [];
  const { targets, person } = run.turning;
  const { nodes, plans, dropped, shown, impossible } = wayBack(run, targets, procedure);
  const text = `The way back leaves as it is: ${impossible.join('; ')}`;
  return [
    { type: 'turned-back', targets, dropped, nodes, plans, shown },
    ...(impossible.length === 0 ? [] : [{ type: 'noted' as const, person, text }]),
  ];
}

function undoKey(node: Node): string {
  return nodeKey(node.target, undoId(node.step));
}

function backKey(run: Run, { step: { node }, as }: Back): string {
  return as === undefined ? undoKey(node) : freeKey(run, nodeKey(node.target, as));
}

/** Of a target that gets something back from a copy: what alters only that stays undone, and the copy's step takes its place. */
function undoBesideRestore(run: Run, step: StepState, procedure: Procedure, impossible: string[]): Back {
  const { restore } = procedure.wayBack ?? {};
  if (restore === undefined || step.node.step !== restore.insteadOf) {
    return undoStep(run, step, procedure, impossible, restore?.kinds);
  }
  const node = { key: nodeKey(step.node.target, restore.step), step: restore.step };
  try {
    const changes = planAs(run, node, contextOf(run, step.node.target), procedure);
    return { step, changes, shown: false, as: restore.step };
  } catch (error) {
    if (!(error instanceof Halt) || error.code === 'unknown-kind') throw error;
    impossible.push(error.message);
    return { step, changes: [], shown: false };
  }
}

/** When every target turns back, what the run would do for all of them goes too; but users who were told of an outage are told that it is over. */
function dropsWithTargets(run: Run, step: StepState): boolean {
  if (step.status !== 'waiting') return false;
  return !(isOutageNode(step.node) && run.outageBegun !== undefined);
}

function undoStep(
  run: Run,
  step: StepState,
  procedure: Procedure,
  impossible: string[],
  without: readonly string[] = [],
): Back {
  const touched = (step.plan ?? []).filter(change => {
    const state = changeOf(run, change.id);
    if (without.includes(change.kind)) return false;
    if (state.found || state.outcome === 'none') return false;
    return !wasOnlyRefused(state) || mayBeHalfMade(change, state, procedure, run);
  });
  if (touched.length === 0) return { step, changes: [], shown: true };
  const definition = stepDefinition(procedure, step.node.step);
  if (definition.undo !== undefined) {
    const { rule, plan } = definition.undo;
    const back = () =>
      plan(contextOf(run, step.node.target, step.node.key)).map(change => planned(run, change, procedure));
    return { step, changes: tryInverse(rule, impossible, back) ?? [], shown: true };
  }
  const changes: PlannedChange[] = [];
  let shown = true;
  for (const change of [...touched].reverse()) {
    const state = changeOf(run, change.id);
    const kind = kindDefinition(procedure, change.kind, run);
    const made = { before: state.before, output: state.output ?? {} };
    const undo = tryInverse(change.says, impossible, () => {
      const found = kind.inverse(change.args, made);
      return 'change' in found ? { ...found, planned: planned(run, found.change, procedure) } : found;
    });
    if (undo === undefined) continue;
    if ('impossible' in undo) impossible.push(`${change.says}: ${undo.impossible}`);
    if (!('change' in undo)) continue;
    if ('impossible' in change.undo) shown = false;
    if ('change' in change.undo && hashOf(change.undo.change) !== hashOf(undo.change)) shown = false;
    changes.push(undo.planned);
  }
  const ends = definition.undoEnds;
  if (ends !== undefined && changes.length > 0) {
    const last = () =>
      ends.plan(contextOf(run, step.node.target, step.node.key)).map(change => planned(run, change, procedure));
    changes.push(...(tryInverse(ends.rule, impossible, last) ?? []));
  }
  return { step, changes, shown };
}

function wasOnlyRefused({ outcome, intents, harmless }: ChangeState): boolean {
  return outcome === 'refused' && intents === harmless;
}

/**
 * A command over several things that failed at one of them was refused, and has done the others: its inverse looks first,
 * so it is harmless where nothing was done.
 */
function mayBeHalfMade(change: PlannedChange, state: ChangeState, procedure: Procedure, run: Run): boolean {
  const kind = kindDefinition(procedure, change.kind, run);
  if (kind.repeat !== 'converges') return false;
  const undo = tryInverse(change.says, [], () => kind.inverse(change.args, { before: state.before, output: {} }));
  return undo !== undefined && 'change' in undo;
}

/** What an inverse needs may be missing where a change was done by hand or never seen: then it is said, not guessed. */
function tryInverse<T>(says: string, impossible: string[], inverse: () => T): T | undefined {
  try {
    const found = inverse();
    JSON.stringify(found, (name, value) => {
      if (value === undefined) throw new TypeError(`${name} is missing`);
      return value;
    });
    return found;
  } catch (error) {
    // Another version of Ferry knows it: nothing is left as it is for that.
    if (error instanceof Halt && error.code === 'unknown-kind') throw error;
    impossible.push(`${says}: what it needs isn't known (${(error as Error).message})`);
    return undefined;
  }
}

function planned(run: Run, change: Change, procedure: Procedure): PlannedChange {
  const kind = kindDefinition(procedure, change.kind, run);
  return { ...change, id: '', undo: kind.inverse(change.args), says: kind.say(change.args) };
}
