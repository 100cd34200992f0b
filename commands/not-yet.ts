import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';

/** Words that are kept for what comes later, so that nobody wonders whether they did something. */
export const notYet = defineCommand({
  name: 'here',
  aliases: ['move', 'extend', 'keep', 'drill', 'rehearse', 'report'],
  usage: '',
  help: 'not yet: dated outages, keeping old instances, drills, rehearsals and reports come later',
  takes: { run: true, target: 'many', environment: true, text: 'may' },
  changes: false,
  rooms: 'work',
  subject: 'nothing',
  needs: [],
  async run() {
    throw new BadInput('command', 'not yet: that comes later, and nothing was done.');
  },
});
