import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';

export const resume = defineCommand({
  name: 'resume',
  usage: '[RUN]',
  help: 'go on after a pause',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.paused !== undefined,
  needs: ['runs'],
  async run({ run, runs, person, cause }) {
    await runs.record(run.id, cause, current => {
      if (current.paused === undefined) throw new BadInput('run', `${run.id} isn't paused.`);
      return [{ type: 'resumed', person: person ?? '' }];
    });
    return undefined;
  },
});
