import type { PlannedChange } from '#core/change.ts';
import { gatesOf, stepsBehind } from '#core/gates.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { type Gate, wholeRun } from '#core/graph.ts';
import type { RequestState, Run, StepState } from '#core/run.ts';
import type { Drawing } from '../cards.ts';
import { sayDuration } from '../say-time.ts';

interface PlannedStep {
  readonly step: StepState;
  readonly changes: readonly PlannedChange[];
}

function plannedBehind(run: Run, gate: Gate): PlannedStep[] {
  return stepsBehind(run, gate).flatMap(step => {
    const changes = step.plan ?? [];
    return changes.length === 0 ? [] : [{ step, changes }];
  });
}

/** Every change that a request asks for, by gate, target and step; every id whole. */
export function changeLines(run: Run, request: RequestState): string[] {
  return gatesOf(request).flatMap(gate => {
    const planned = plannedBehind(run, gate);
    const targets = [...new Set(planned.map(({ step }) => step.node.target))];
    return targets.flatMap(target => [
      `${gate.toUpperCase()}, ${target === wholeRun ? run.id : target}:`,
      ...planned.filter(({ step }) => step.node.target === target).flatMap(stepLines),
    ]);
  });
}

function stepLines({ step, changes }: PlannedStep): string[] {
  const [first = '', ...rest] = gatherLines(changes.map(change => change.says));
  const mark = first.startsWith('on ') ? '' : ':';
  return [`  ${step.node.step}${mark} ${first}`, ...rest.map(line => `    ${line}`)];
}

/**
 * How a request's changes are undone: that is part of what is approved. An opposite on the same ids isn't spelled out; a
 * rule stands once, with the steps that it is for; what names something that stands nowhere above is shown whole.
 */
export function backLines(run: Run, request: RequestState, drawing: Drawing): string[] {
  const gates = gatesOf(request);
  if (gates.includes('undo')) return [];
  const planned = gates.flatMap(gate => plannedBehind(run, gate));
  const lost = planned.flatMap(({ changes }) =>
    changes.flatMap(change => ('impossible' in change.undo ? [`${change.says}: ${change.undo.impossible}`] : [])),
  );
  const rules = ruleLines(planned);
  const others = gatherLines(planned.flatMap(one => newNames(one, drawing))).map(line => `  ${line}`);
  const opposite = planned.some(({ changes }) => changes.some(change => 'change' in change.undo));
  const how = opposite ? ' In reverse order, each change by its opposite on the same ids' : '';
  const besides = [...rules, ...others];
  const end = besides.length === 0 ? (how === '' ? '' : '.') : how === '' ? ' That is:' : '; besides:';
  if (lost.length > 0) {
    const also = besides.length === 0 ? [] : [`The rest goes back.${how}${end}`, ...besides];
    return ["Going back: not whole. It can't undo:", ...lost.map(line => `  ${line}`), ...also];
  }
  const time = sayDuration(
    backTime(
      planned.map(one => one.step),
      drawing,
    ),
  );
  return [`Going back: about ${time}, loses nothing, included in this approval.${how}${end}`, ...besides];
}

function ruleLines(planned: readonly PlannedStep[]): string[] {
  const steps = new Map<string, Set<string>>();
  for (const { step, changes } of planned) {
    for (const { undo } of changes) {
      if ('rule' in undo) steps.set(undo.rule, (steps.get(undo.rule) ?? new Set()).add(step.node.step));
    }
  }
  const rules = new Map<string, string[]>();
  for (const [rule, names] of steps) {
    const who = [...names].join(', ');
    rules.set(who, [...(rules.get(who) ?? []), rule]);
  }
  return [...rules].map(([who, all]) => `  ${who}: ${all.join('; ')}`);
}

/** Undoing changes that name an id or a path which their step's own lines don't. */
function newNames({ changes }: PlannedStep, drawing: Drawing): string[] {
  const known = new Set(changes.flatMap(change => wordsOf(change.says)));
  return changes.flatMap(({ undo }) => {
    if (!('change' in undo)) return [];
    const kind = drawing.procedure.kinds[undo.change.kind];
    const line = kind?.say(undo.change.args) ?? '';
    return wordsOf(line).some(word => /[\d/]/.test(word) && !known.has(word)) ? [line] : [];
  });
}

function wordsOf(line: string): string[] {
  return line.split(' ').map(word => word.replace(/^[("]|[,;:.)"]+$/g, ''));
}

/** About how long undoing some steps takes, ms. A playbook isn't played again for it, so a step takes a minute at most. */
export function backTime(steps: readonly StepState[], drawing: Drawing): number {
  return steps.reduce((sum, { node }) => sum + drawing.outlook.backTime(node.step), 0);
}
