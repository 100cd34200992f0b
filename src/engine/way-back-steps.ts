import type { PlannedChange } from '#core/change.ts';
import { type Gate, isOutageNode, type Node, nodeKey, wholeRun } from '#core/graph.ts';
import { isInOutage } from '#core/readiness.ts';
import { isOver, type Run } from '#core/run.ts';
import { contextOf } from './context.ts';
import { type Procedure, planAs, stepDefinition, undoneId } from './plan-step.ts';

interface Turning {
  readonly run: Run;
  readonly targets: readonly string[];
  readonly procedure: Procedure;
  /** What takes the targets' steps back. */
  readonly undo: readonly Node[];
  readonly gate: Gate | undefined;
}

interface Told {
  /** All nodes of the way back. */
  readonly nodes: readonly Node[];
  readonly plans: Readonly<Record<string, readonly PlannedChange[]>>;
  readonly dropped: readonly string[];
}

/**
 * The way back out of an outage with what makes it one like any other: users are told where services go away once more, each
 * target is checked when its outage is undone, and only then are they told that they are back. What was prepared is undone
 * after the check: the new instance stays as it is until the old one serves.
 */
export function toldSteps({ run, targets, procedure, undo, gate }: Turning): Told {
  const names = procedure.wayBack;
  const down = undo.filter(isOutageNode);
  if (names === undefined || run.outageBegun === undefined || down.length === 0) {
    return { nodes: undo, plans: {}, dropped: [] };
  }
  const again = run.turning?.again ?? !isInOutage(run);
  const node = (target: string, step: string, after: readonly string[]): Node => {
    const { title, danger } = stepDefinition(procedure, step);
    const key = freeKey(run, nodeKey(target, step));
    return { key, target, step, title, phase: 'undo', undoes: 'outage', danger, gate, after };
  };
  const settled = down.filter(one => one.undoes === 'settle').map(one => one.key);
  const begins = again ? [node(wholeRun, names.begins, settled)] : [];
  const turning = targets.filter(name => down.some(one => one.target === name));
  const checkOf = (name: string) => nodeKey(name, names.check.step);
  const checks = turning.map(name => {
    const forward = run.graph[nodeKey(name, names.check.as)]?.after ?? [];
    const others = forward.map(key => run.graph[key]?.target ?? name).filter(other => other !== name);
    const after = down.filter(one => one.target === name).map(one => one.key);
    return node(name, names.check.step, [...after, ...others.filter(one => turning.includes(one)).map(checkOf)]);
  });
  const checkKeys = checks.map(one => one.key);
  // Targets that are on their way back already are told of together with these.
  const open = Object.values(run.steps).filter(step => step.node.step === names.over && !isOver(step));
  const earlier = open.flatMap(one => one.node.after);
  const over = again || open.length > 0 ? [node(wholeRun, names.over, [...earlier, ...checkKeys])] : [];

  const nodes = undo.map(one => {
    if (one.undoes === 'settle') return one;
    const everybody = procedure.steps[undoneId(one.step)]?.waitsForOutages === true;
    const mine = everybody ? checkKeys : checkKeys.filter(key => key === checkOf(one.target));
    return { ...one, after: [...one.after, ...(isOutageNode(one) ? begins.map(({ key }) => key) : mine)] };
  });
  const turned = { ...run.turned, ...Object.fromEntries(targets.map(name => [name, 'rollback' as const])) };
  const plans = Object.fromEntries(
    [...begins, ...checks, ...over].map(one => [
      one.key,
      planAs(run, one, contextOf({ ...run, turned }, one.target), procedure),
    ]),
  );
  return { nodes: [...begins, ...nodes, ...checks, ...over], plans, dropped: open.map(one => one.node.key) };
}

/** A step of the run that was on an earlier way back has the key already. */
export function freeKey(run: Run, key: string): string {
  let free = key;
  for (let number = 2; run.graph[free] !== undefined; number += 1) free = `${key}-${number}`;
  return free;
}
