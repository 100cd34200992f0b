import { defineCommand } from '#chat/define-command.ts';
import { proposeRun } from '#chat/propose-run.ts';

export const retire = defineCommand({
  name: 'retire',
  usage: 'TARGET… or ENV [because …]',
  help: 'remove old instances; needs approval',
  detail:
    'A run of its own: it checks that nothing is left on the old instances, asks for RETIRE, and only then terminates them.',
  takes: { target: 'many', environment: true, because: 'may' },
  changes: true,
  rooms: 'work',
  subject: 'targets',
  needs: ['runs', 'estate', 'clock'],
  async run({ targets, environment, runs, estate, clock, person, room, cause }, { because }) {
    await proposeRun(
      { runs, estate, clock },
      { what: 'retirement', environment, targets, asker: person ?? '', because: because ?? null, release: null, room },
      cause,
    );
    return undefined;
  },
});
