import { type Gate, inOrder, type Node } from '#core/graph.ts';
import { isOver, type Run, type StepState } from '#core/run.ts';
import type { Drawing } from '../cards.ts';
import { forecast } from '../outlook.ts';
import { sayDuration } from '../say-time.ts';

/** Longest list of steps in a row, characters: gate and minutes stand beside it on one line of a phone held sideways. */
const widest = 58;

interface Group {
  readonly gate: Gate | undefined;
  readonly steps: StepState[];
  begin: number;
  end: number;
}

/**
 * The steps of the outage in the order of time, in groups: each gate's, with what needs none and follows on it. Minutes count
 * from the begin of the outage; groups of several targets may overlap.
 *
 * @returns rows of gate, steps and minutes.
 */
export function outageRows(run: Run, drawing: Drawing, now: number): (readonly string[])[] {
  const steps = inOrder(run.graph).flatMap(key => run.steps[key] ?? []);
  const groups = groupsOf(
    run,
    steps.filter(step => step.node.phase === 'outage' && !isOver(step)),
    drawing,
    now,
  );
  const start = Math.min(...groups.map(group => group.begin));
  const rows = groups.map(group => [
    group.gate?.toUpperCase() ?? '',
    named(group.steps),
    fromTo(group.begin - start, group.end - start),
  ]);
  const after = steps.filter(step => step.node.phase === 'settle' && !isOver(step) && changesSomething(step));
  return after.length === 0 ? rows : [...rows, ['after it', named(after), '']];
}

/** The steps behind some gates, as they come, and how long they take: for what is no outage. */
export function gateRows(steps: readonly StepState[], { outlook }: Drawing): (readonly string[])[] {
  const gates = [...new Set(steps.map(step => step.node.gate))];
  return gates.map(gate => {
    const mine = steps.filter(step => step.node.gate === gate && changesSomething(step));
    const time = mine.reduce((sum, { node }) => sum + outlook.stepTime(node.step), 0);
    return [gate?.toUpperCase() ?? '', named(mine), sayDuration(time)];
  });
}

function groupsOf(run: Run, steps: readonly StepState[], { outlook }: Drawing, now: number): Group[] {
  const times = forecast(run, outlook, now);
  const at = (step: StepState) => times[step.node.key] ?? { begin: now, end: now };
  const groups = new Map<Gate | undefined, Group>();
  for (const step of steps.filter(changesSomething)) {
    const gate = gateBefore(run, step.node);
    const { begin, end } = at(step);
    const group = groups.get(gate) ?? { gate, steps: [], begin, end };
    group.steps.push(step);
    group.begin = Math.min(group.begin, begin);
    group.end = Math.max(group.end, end);
    groups.set(gate, group);
  }
  for (const group of groups.values()) group.steps.sort((a, b) => at(a).begin - at(b).begin);
  return [...groups.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
}

/** A step's own gate, or the last one that what comes before it is behind. */
function gateBefore(run: Run, node: Node): Gate | undefined {
  if (node.gate !== undefined) return node.gate;
  for (const key of node.after.toReversed()) {
    const before = run.graph[key];
    const gate = before === undefined || before.phase !== 'outage' ? undefined : gateBefore(run, before);
    if (gate !== undefined) return gate;
  }
  return undefined;
}

/** What has nothing to do isn't worth a word. */
function changesSomething({ plan }: StepState): boolean {
  return plan === undefined || plan.length > 0;
}

/** "drain-builders, stop-services +3": each step once, however many targets have it. */
function named(steps: readonly StepState[]): string {
  const names = [...new Set(steps.map(step => step.node.step))];
  let shown = names.length;
  while (shown > 1 && wordsOf(names, shown).length > widest) shown -= 1;
  return wordsOf(names, shown);
}

function wordsOf(names: readonly string[], shown: number): string {
  const rest = names.length - shown;
  return `${names.slice(0, shown).join(', ')}${rest === 0 ? '' : ` +${rest}`}`;
}

const minute = 60_000;

/** "3–17 min"; under two minutes in seconds. */
function fromTo(begin: number, end: number): string {
  if (end < 2 * minute) return `${Math.round(begin / 1_000)}–${Math.ceil(end / 1_000)} s`;
  const [from, to] = [Math.round(begin / minute), Math.max(1, Math.round(end / minute))];
  return from === to ? `at ${to} min` : `${from}–${to} min`;
}
