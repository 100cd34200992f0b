import type { Args } from '#chat/arguments.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { outputLines, plainLine } from '#chat/harmless.ts';
import { sayDuration, sayTime } from '#chat/say-time.ts';
import { BadInput } from '#core/errors.ts';
import type { Run, StepState } from '#core/run.ts';
import type { Progress } from '#ports/progress.ts';

export const output = defineCommand({
  name: 'output',
  usage: '[RUN] [TARGET] [STEP]',
  help: 'last lines of a step',
  takes: { run: true, target: 'one', step: true },
  changes: false,
  rooms: 'work',
  subject: 'run',
  needs: ['lastLines', 'progress', 'clock'],
  async run({ run, lastLines, progress, ...asking }, args) {
    const step = meant(run, args);
    const { key } = step.node;
    const read = await lastLines.read(run, key);
    return answer(asking, await text(run, step, progress, read, ''), run.id);
  },
  async soFar({ run, lastLines, progress, clock, ...asking }, args) {
    const step = meant(run, args);
    const known = lastLines.known(run, step.node.key);
    const ago = (at: number) => `${sayTime(at, clock.now())} (${sayDuration(clock.now() - at)} ago)`;
    const at = known?.at ?? step.halt?.at;
    const age = at === undefined ? 'Nothing was read of it before' : `What is known is as of ${ago(at)}`;
    const why = `Its host hasn't answered yet. ${age}; its own answer is added here.`;
    return answer(asking, await text(run, step, progress, known?.lines ?? [], why), run.id);
  },
});

/** @throws BadInput when no step is meant. */
function meant(run: Run, { step: id, targets: [target] }: Args): StepState {
  const newest = Object.values(run.steps)
    .filter(step => step.begunAt !== undefined && (target === undefined || step.node.target === target))
    .sort((a, b) => Number(a.status === 'done') - Number(b.status === 'done') || (b.begunAt ?? 0) - (a.begunAt ?? 0));
  const step = id === undefined ? newest[0] : stepNamed(run, id, target);
  if (step === undefined) throw new BadInput('step', `${run.id} has begun no step yet.`);
  return step;
}

async function text(
  run: Run,
  step: StepState,
  progress: Progress,
  read: readonly string[],
  remark: string,
): Promise<string> {
  const { key } = step.node;
  const evidence = (step.halt?.evidence ?? []).filter(line => !read.includes(line));
  const lines = outputLines([...evidence, ...read]).slice(-60);
  const doing = (await progress.read(run.id))[key];
  const head = `${run.id}, ${key}, ${step.status}${doing === undefined ? '' : `: ${plainLine(doing)}`}`;
  const body = lines.length === 0 ? ['  nothing was kept of it'] : lines.map(line => `  ${line}`);
  return [head, ...(remark === '' ? [] : [remark]), ...body].join('\n');
}
