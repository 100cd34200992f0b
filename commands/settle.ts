import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import { whyNot } from '#engine/why-not.ts';

export const settle = defineCommand({
  name: 'settle',
  usage: '[RUN]',
  help: 'end the time in which both instances are kept',
  detail:
    'After an outage both instances stay as they are for `settle_for`, so that !rollback goes back at once. Then the old one is stopped, and its address leaves the allow lists.',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.window !== undefined,
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person = '', cause }) {
    await runs.record(run.id, cause, (current, now) => {
      const refused = whyNot(current, { say: 'settle' }, procedure, now);
      if (refused !== undefined) throw new BadInput('run', refused);
      return [{ type: 'settled', person }];
    });
    return undefined;
  },
});
