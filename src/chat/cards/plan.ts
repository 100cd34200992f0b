import type { PlannedChange } from '#core/change.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { inOrder, type Phase, wholeRun } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import { contextOf } from '#engine/context.ts';
import type { CardFile, Drawing } from '../cards.ts';
import { lostLines } from './lost-by-return.ts';

const phaseNames: Readonly<Record<Phase, string>> = {
  prepare: 'Prepare, no outage',
  outage: 'Outage',
  settle: 'Settle',
  retire: 'Retire',
  undo: 'The way back',
};

/** Steps of a run in an order of its graph. */
export function stepsInOrder(run: Run): StepState[] {
  return inOrder(run.graph).flatMap(key => run.steps[key] ?? []);
}

/** A change's line; how it is undone stands in the request, that it can't be stands here too. */
function changeLine({ says, undo }: PlannedChange): string {
  return 'impossible' in undo ? `${says} (can't be undone: ${undo.impossible})` : says;
}

function statusMark(step: StepState): string {
  if (step.status === 'done') return '[done] ';
  if (step.status === 'waiting') return '';
  return `[${step.status}] `;
}

/** Every step with every change that it would make, as far as it is planned, and what its check depends on. */
export function planText(run: Run, { procedure }: Pick<Drawing, 'procedure'>): string {
  const lines: string[] = lostLines(run, { procedure });
  let unknown = false;
  let phase: Phase | undefined;
  for (const step of stepsInOrder(run)) {
    if (step.status === 'dropped') continue;
    if (step.node.phase !== phase) {
      phase = step.node.phase;
      lines.push(`${phaseNames[phase]}:`);
    }
    const gate = step.node.gate === undefined ? '' : `, ${step.node.gate.toUpperCase()}`;
    const who = step.node.target === wholeRun || run.targets.length === 1 ? '' : `${step.node.target}, `;
    lines.push(`  ${statusMark(step)}${who}${step.node.step}${gate}: ${step.node.title}`);
    unknown ||= step.plan === undefined && step.status === 'waiting' && step.node.gate !== undefined;
    lines.push(...gatherLines((step.plan ?? []).map(changeLine)).map(line => `    ${line}`));
    if (step.node.phase === 'undo') continue;
    const checks = procedure.steps[step.node.step]?.checks?.(contextOf(run, step.node.target, step.node.key)) ?? [];
    lines.push(...checks.map(line => `    check: ${line}`));
  }
  if (unknown) lines.push('Steps behind a gate show their changes, with real ids, once what they need is known.');
  return lines.join('\n');
}

/** The commands that a person would type for a step's changes that aren't made yet. */
export function byHandLines(run: Run, step: StepState, drawing: Pick<Drawing, 'procedure'>): string[] {
  return (step.plan ?? [])
    .filter(change => run.changes[change.id]?.outcome !== 'made')
    .map(change => {
      const kind = drawing.procedure.kinds[change.kind];
      return kind === undefined ? change.says : kind.byHand(change.args);
    });
}

/** The rest of a run as commands with real ids: what people go on with when Ferry can't. */
export function byHandText(run: Run, drawing: Pick<Drawing, 'procedure'>): string {
  const lines = [`${run.id}: what is left, by hand. Steps in this order; a step's targets side by side.`];
  for (const step of stepsInOrder(run)) {
    if (step.status === 'done' || step.status === 'skipped' || step.status === 'dropped') continue;
    const commands = byHandLines(run, step, drawing);
    lines.push('', `# ${step.node.key}: ${step.node.title}${step.plan === undefined ? ' (not planned yet)' : ''}`);
    const definition = drawing.procedure.steps[step.node.step];
    if (commands.length === 0) lines.push(definition?.verify === undefined ? '# nothing to type' : '# check only');
    lines.push(...commands);
  }
  return `${lines.join('\n')}\n`;
}

/** The by-hand plan as a file for the thread. */
export function byHandFile(run: Run, drawing: Drawing): CardFile {
  return { name: `${run.id}-by-hand.txt`, text: byHandText(run, drawing) };
}
