import { answer, defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { outputLines, plainLine } from '#chat/harmless.ts';
import { BadInput } from '#core/errors.ts';

export const output = defineCommand({
  name: 'output',
  usage: '[RUN] [TARGET] [STEP]',
  help: 'last lines of a step',
  takes: { run: true, target: 'one', step: true },
  changes: false,
  rooms: 'work',
  subject: 'run',
  needs: ['lastLines', 'progress'],
  async run({ run, lastLines, progress, ...asking }, { step: id, targets: [target] }) {
    const newest = Object.values(run.steps)
      .filter(step => step.begunAt !== undefined && (target === undefined || step.node.target === target))
      .sort((a, b) => Number(a.status === 'done') - Number(b.status === 'done') || (b.begunAt ?? 0) - (a.begunAt ?? 0));
    const step = id === undefined ? newest[0] : stepNamed(run, id, target);
    if (step === undefined) throw new BadInput('step', `${run.id} has begun no step yet.`);
    const { key } = step.node;
    const read = await lastLines.read(run, key);
    const evidence = (step.halt?.evidence ?? []).filter(line => !read.includes(line));
    const lines = outputLines([...evidence, ...read]).slice(-60);
    const doing = (await progress.read(run.id))[key];
    const head = `${run.id}, ${key}, ${step.status}${doing === undefined ? '' : `: ${plainLine(doing)}`}`;
    const body = lines.length === 0 ? ['  nothing was kept of it'] : lines.map(line => `  ${line}`);
    return answer(asking, [head, ...body].join('\n'), run.id);
  },
});
