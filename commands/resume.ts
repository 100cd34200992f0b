import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import { whyNot } from '#engine/why-not.ts';

export const resume = defineCommand({
  name: 'resume',
  usage: '[RUN]',
  help: 'go on after a pause',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.paused !== undefined,
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person, cause }) {
    await runs.record(run.id, cause, (current, now) => {
      const refused = whyNot(current, { say: 'resume' }, procedure, now);
      if (refused !== undefined) throw new BadInput('run', refused);
      return [{ type: 'resumed', person: person ?? '' }];
    });
    return undefined;
  },
});
