import { defineCommand } from '#chat/define-command.ts';
import { proposeRun } from '#chat/propose-run.ts';

export const upgrade = defineCommand({
  name: 'upgrade',
  usage: 'TARGET… or ENV [to N] [because …]',
  help: 'propose an upgrade',
  detail:
    "Checks and prepares at once, without an outage; what users notice waits for an approval and !start. An environment's name means all of its targets, in one outage.",
  takes: { target: 'many', environment: true, release: true, because: 'may' },
  changes: true,
  rooms: 'work',
  subject: 'targets',
  needs: ['runs', 'estate', 'clock'],
  async run({ targets, environment, runs, estate, clock, person, accounts, room, cause }, { release, because }) {
    await proposeRun(
      { runs, estate, clock },
      {
        what: 'upgrade',
        environment,
        targets,
        asker: person ?? '',
        accounts,
        because: because ?? null,
        release: release ?? null,
        room,
      },
      cause,
    );
    return undefined;
  },
});
