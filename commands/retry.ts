import { defineCommand } from '#chat/define-command.ts';
import { haltedSteps } from '#chat/find-step.ts';

export const retry = defineCommand({
  name: 'retry',
  usage: '[TARGET]',
  help: 'look again and repeat the failed step',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => Object.values(run.steps).some(step => step.status === 'halted'),
  needs: ['runs'],
  async run({ run, runs, person, cause }, { targets: [target] }) {
    await runs.record(run.id, cause, current =>
      haltedSteps(current, target).map(step => ({ type: 'retried', step: step.node.key, person: person ?? '' })),
    );
    return undefined;
  },
});
