import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import { targetsToGoBack, whyNot } from '#engine/why-not.ts';

export const cancel = defineCommand({
  name: 'cancel',
  usage: 'RUN because …',
  help: 'before the outage: undo what was prepared',
  takes: { run: true, target: 'one', environment: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.outageBegun === undefined,
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person = '', accounts, cause }, { because }) {
    await runs.record(run.id, cause, (current, now) => {
      const refused = whyNot(current, { say: 'cancel' }, procedure, now);
      if (refused !== undefined) throw new BadInput('run', refused);
      const targets = targetsToGoBack(current);
      return [{ type: 'turning-back', how: 'cancel', person, accounts, because: because ?? null, targets }];
    });
    return undefined;
  },
});
