import { defineCommand } from '#chat/define-command.ts';
import { haltedSteps } from '#chat/find-step.ts';
import { BadInput } from '#core/errors.ts';
import { whyNot } from '#engine/why-not.ts';

export const retry = defineCommand({
  name: 'retry',
  usage: '[TARGET] [STEP]',
  help: 'look again and repeat the failed step',
  takes: { run: true, target: 'one', environment: true, step: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => Object.values(run.steps).some(step => step.status === 'halted'),
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person = '', cause }, { targets: [target], step: id }) {
    await runs.record(run.id, cause, (current, now) =>
      haltedSteps(current, target, id).map(step => {
        const refused = whyNot(current, { say: 'retry', step }, procedure, now);
        if (refused !== undefined) throw new BadInput('step', refused);
        return { type: 'retried', step: step.node.key, person };
      }),
    );
    return undefined;
  },
});
