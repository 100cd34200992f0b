import { whyText } from '#chat/cards/why.ts';
import { answer, defineCommand } from '#chat/define-command.ts';

export const why = defineCommand({
  name: 'why',
  usage: '[RUN]',
  help: 'why it waits, and whether you can help',
  takes: { run: true, target: 'one', environment: true },
  changes: false,
  rooms: 'work',
  subject: 'run',
  needs: ['drawing', 'clock', 'link'],
  async run({ run, drawing, clock, link, ...asking }) {
    const where = (request: string) => {
      const posted = run.posted[`request/${request}`];
      return posted === undefined ? undefined : link(posted.room, posted.event);
    };
    return answer(asking, whyText(run, drawing, asking.person, where, clock.now()), run.id);
  },
});
