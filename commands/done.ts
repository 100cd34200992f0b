import { defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { BadInput } from '#core/errors.ts';
import { whyNotDone } from '#engine/people-may.ts';

export const done = defineCommand({
  name: 'done',
  usage: '[TARGET] STEP because …',
  help: 'I did it by hand: check and go on',
  detail:
    "For a step that halted, or one that people do (apply-hot-fixes), once everything before it is done. What can be read of it is read; what a playbook did can't be, so a second person agrees by ✅ on a request.",
  takes: { run: true, target: 'one', step: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => Object.values(run.steps).some(step => step.status === 'halted'),
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person = '', accounts, cause }, { targets: [target], step: id, because }) {
    if (id === undefined) throw new BadInput('step', 'which step did you do? !done TARGET STEP because …');
    await runs.record(run.id, cause, current => {
      const step = stepNamed(current, id, target);
      const refused = whyNotDone(current, step, procedure);
      if (refused !== undefined) throw new BadInput('step', refused);
      return [{ type: 'done-by-hand', step: step.node.key, person, accounts, because: because ?? '' }];
    });
    return undefined;
  },
});
