import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import { whyNot } from '#engine/why-not.ts';

export const pause = defineCommand({
  name: 'pause',
  usage: '[RUN]',
  help: 'stop before the next step',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.paused === undefined,
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person, cause }) {
    await runs.record(run.id, cause, (current, now) => {
      const refused = whyNot(current, { say: 'pause' }, procedure, now);
      if (refused !== undefined) throw new BadInput('run', refused);
      return [{ type: 'paused', person: person ?? '' }];
    });
    return undefined;
  },
});
