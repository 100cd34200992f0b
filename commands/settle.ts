import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import { windowUntil } from '#core/settle-window.ts';

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
  needs: ['runs'],
  async run({ run, runs, person = '', cause }) {
    await runs.record(run.id, cause, (current, now) => {
      if (windowUntil(current, now) === undefined)
        throw new BadInput('run', `${current.id} isn't in the time after an outage in which both instances are kept.`);
      return [{ type: 'settled', person }];
    });
    return undefined;
  },
});
