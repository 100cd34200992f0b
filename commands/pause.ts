import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';

export const pause = defineCommand({
  name: 'pause',
  usage: '[RUN]',
  help: 'stop before the next step',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.paused === undefined,
  needs: ['runs'],
  async run({ run, runs, person, cause }) {
    await runs.record(run.id, cause, current => {
      if (current.paused !== undefined)
        throw new BadInput('run', `${current.paused.person} has paused ${run.id} already.`);
      if (current.ended !== undefined) throw new BadInput('run', `${run.id} has ended.`);
      return [{ type: 'paused', person: person ?? '' }];
    });
    return undefined;
  },
});
