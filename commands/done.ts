import { defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { BadInput } from '#core/errors.ts';
import type { StepState } from '#core/run.ts';

export const done = defineCommand({
  name: 'done',
  usage: '[TARGET] STEP because …',
  help: 'I did it by hand: check and go on',
  detail: 'For a step that halted, or one that people do (apply-hot-fixes). Its own check decides whether it goes on.',
  takes: { run: true, target: 'one', step: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => Object.values(run.steps).some(step => step.status === 'halted'),
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person, cause }, { targets: [target], step: id, because }) {
    if (id === undefined) throw new BadInput('step', 'which step did you do? !done TARGET STEP because …');
    await runs.record(run.id, cause, current => {
      const step = stepNamed(current, id, target);
      const definition = procedure.steps[step.node.step];
      if (definition?.read !== undefined) {
        throw new BadInput('step', `what ${step.node.key} reads nobody else can know: mend what it says, then !retry.`);
      }
      checkMayBeDone(step, definition?.plan === undefined && step.node.gate === undefined);
      return [{ type: 'done-by-hand', step: step.node.key, person: person ?? '', because: because ?? '' }];
    });
    return undefined;
  },
});

function checkMayBeDone(step: StepState, isPeoples: boolean): void {
  const { key } = step.node;
  switch (step.status) {
    case 'halted':
      return;
    case 'waiting':
      if (isPeoples) return;
      throw new BadInput(
        'step',
        `${key} hasn't been reached; only a step that halted, or one that people do, is done by hand.`,
      );
    case 'running':
      throw new BadInput('step', `${key} is running: !pause first, or wait until it ends or halts.`);
    default:
      throw new BadInput('step', `${key} is ${step.status} already.`);
  }
}
