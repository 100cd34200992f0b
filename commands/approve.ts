import { waitsFor } from '#chat/cards/waiting.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';

export const approve = defineCommand({
  name: 'approve',
  aliases: ['yes', 'lgtm'],
  usage: '[RUN]',
  help: 'where the request is: approvals are reactions on it, never commands',
  takes: { run: true, target: 'one', environment: true },
  changes: false,
  rooms: 'work',
  subject: 'run',
  fits: run => run.requests.some(request => request.status === 'open'),
  needs: ['drawing', 'estate', 'clock', 'link'],
  async run({ run, drawing, estate, clock, link, ...asking }) {
    const open = waitsFor(run, drawing, clock.now()).filter(one => one.request !== undefined);
    const lines = open.flatMap(one => {
      const posted = run.posted[`request/${one.request}`];
      return posted === undefined ? [] : [`React ${estate.approve} there: ${link(posted.room, posted.event)}`];
    });
    if (lines.length === 0) throw new BadInput('run', `${run.id} waits for no approval. !why ${run.id}`);
    return answer(asking, lines.join('\n'), run.id);
  },
});
