import type { PlannedChange } from '#core/change.ts';
import { gatesOf, gatesOfOutage, isOfOutage, stepsBehind } from '#core/gates.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { type Gate, inOrder, wholeRun } from '#core/graph.ts';
import { isOver, type RequestState, type Run, type StepState } from '#core/run.ts';
import type { Block, Line } from '#ports/message-body.ts';
import { joined, lines, list, section, strong } from '../body/blocks.ts';
import { withIds } from '../body/with-ids.ts';
import type { Drawing } from '../cards.ts';
import { policyOf } from '../chat-estate.ts';
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

/**
 * Every change that a request asks for, by gate, target and step, every id whole; of an outage also what runs in it and needs
 * no gate of its own.
 */
export function changeBlocks(run: Run, request: RequestState): Block[] {
  const gates = gatesOf(request);
  const free = gates.some(gate => gatesOfOutage(run).has(gate)) ? plannedFreely(run) : [];
  return [...gates.map(gate => [gate, plannedBehind(run, gate)] as const), ['no gate', free] as const].flatMap(
    ([gate, planned]) => {
      const targets = [...new Set(planned.map(({ step }) => step.node.target))];
      return targets.map(target =>
        section(
          `${gate === 'no gate' ? gate : gate.toUpperCase()}, ${target === wholeRun ? run.id : target}`,
          list(planned.filter(({ step }) => step.node.target === target).flatMap(stepLines)),
        ),
      );
    },
  );
}

/** What the outage runs behind no gate. */
function plannedFreely(run: Run): PlannedStep[] {
  return inOrder(run.graph).flatMap(key => {
    const step = run.steps[key];
    if (step === undefined || step.node.gate !== undefined || !isOfOutage(step) || isOver(step)) return [];
    return step.plan === undefined || step.plan.length === 0 ? [] : [{ step, changes: step.plan }];
  });
}

function stepLines({ step, changes }: PlannedStep): Line[] {
  return gatherLines(changes.map(change => change.says)).map(line => {
    const mark = line.startsWith('on ') ? '' : ':';
    return joined([strong(`${step.node.step}${mark}`), ' '], withIds(line));
  });
}

/**
 * How a request's changes are undone: that is part of what is approved. An opposite on the same ids isn't spelled out; a
 * rule stands once, with the steps that it is for; what names something that stands nowhere above is shown whole.
 */
export function backBlocks(run: Run, request: RequestState, drawing: Drawing): Block[] {
  const planned = gatesOf(request).flatMap(gate => plannedBehind(run, gate));
  const lost = planned.flatMap(({ changes }) =>
    changes.flatMap(change => ('impossible' in change.undo ? [`${change.says}: ${change.undo.impossible}`] : [])),
  );
  const rules = ruleLines(planned);
  const others = gatherLines(planned.flatMap(one => newNames(one, drawing)));
  const opposite = planned.some(({ changes }) => changes.some(change => 'change' in change.undo));
  return [
    ...(lost.length === 0 ? [] : [section("It can't undo", list(lost.map(withIds)))]),
    ...(opposite ? [lines('In reverse order, each change by its opposite on the same ids.')] : []),
    ...(rules.length + others.length === 0 ? [] : [list([...rules, ...others].map(withIds))]),
  ];
}

/** About how long going back takes, what it loses, and until when it goes. */
export function backWords(run: Run, request: RequestState, drawing: Drawing): string {
  const planned = gatesOf(request).flatMap(gate => plannedBehind(run, gate));
  const lost = planned.flatMap(({ changes }) => changes.filter(change => 'impossible' in change.undo));
  if (lost.length > 0) return `not whole: ${lost.length} of the changes below can't be undone`;
  const time = backTime(
    planned.map(one => one.step),
    drawing,
  );
  const { settleFor = 0 } = policyOf(drawing.estate, run.environment);
  const ofOutage = planned.some(({ step }) => isOfOutage(step));
  const until = ofOutage && settleFor > 0 ? `, until ${sayDuration(settleFor)} after the end` : '';
  return `about ${sayDuration(time)}${until}, loses nothing, part of this approval`;
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
  return [...rules].map(([who, all]) => `${who}: ${all.join('; ')}`);
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
