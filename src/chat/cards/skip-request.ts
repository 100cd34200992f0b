import type { AskedSkip } from '#core/entries.ts';
import { wholeRun } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import { type Saying, whyNot } from '#engine/why-not.ts';
import type { Drawing } from '../cards.ts';
import { becauseOf, sentence } from '../harmless.ts';

/** What somebody wants to leave out: why, every change of it whole, how it stands, what comes after it, and the way back. */
export function skipLines(run: Run, skip: AskedSkip, { procedure }: Drawing, now: number): string[] {
  const step = run.steps[skip.step];
  if (step === undefined) return [];
  const { title, gate, danger } = step.node;
  const behind = gate === undefined ? danger : `${danger}, behind ${gate.toUpperCase()}`;
  const after = Object.values(run.steps).filter(({ node }) => node.after.includes(skip.step));
  const next = after.length === 0 ? 'nothing' : after.map(({ node }) => node.key).join(', ');
  const target = step.node.target === wholeRun ? run.id : step.node.target;
  const rollback: Saying = { say: 'rollback', ...(target === run.id ? {} : { targets: [target] }) };
  return [
    `${skip.person} wants that${becauseOf(skip.because)}.`,
    `Left out: ${skip.step}, “${title}” (${danger === 'safe' && gate === undefined ? 'safe' : behind}).`,
    ...changeLines(run, step),
    ...(step.halt === undefined ? [] : [`It has halted: ${sentence(step.halt.sentence)}`]),
    `Right after it, without it: ${next}. It doesn't begin before this is answered.`,
    `Users of ${run.environment} notice: what it was for isn't done; whoever approves knows what that means for them.`,
    ...(whyNot(run, rollback, procedure, now) === undefined
      ? [`Going back: !rollback ${target} undoes what was made, as before; what was left out needs no undoing.`]
      : []),
  ];
}

function changeLines(run: Run, step: StepState): string[] {
  if (step.plan === undefined) return ['  its changes aren’t planned yet'];
  if (step.plan.length === 0) return ['  it changes nothing; what it checks or says is left out'];
  return step.plan.map(({ id, says }) => {
    const outcome = run.changes[id]?.outcome ?? 'none';
    const so = { none: '', made: ' (made already, stays)', refused: '', failed: '' };
    return `  ${says}${outcome in so ? so[outcome as keyof typeof so] : ' (outcome unknown, stays as it is)'}`;
  });
}

/** What people type to ask for it anew. */
export function skipCommand(run: Run, { step }: AskedSkip): string {
  return commandOn('skip', run, step);
}

/** A command that names a step of the run. */
export function commandOn(verb: 'skip' | 'done', run: Run, key: string): string {
  const node = run.graph[key];
  const target = node === undefined || node.target === wholeRun ? run.id : node.target;
  return `!${verb} ${target} ${node?.step ?? key} because …`;
}
