import { logLine } from '#chat/cards/log.ts';
import { answer, defineCommand } from '#chat/define-command.ts';

export const log = defineCommand({
  name: 'log',
  usage: '[RUN]',
  help: 'who did what, when',
  takes: { run: true, target: 'one', environment: true },
  changes: false,
  rooms: 'work',
  subject: 'run',
  needs: ['runs'],
  async run({ run, runs, ...asking }) {
    const lines = (await runs.entries(run.id)).flatMap(entry => logLine(entry) ?? []);
    const last = lines.slice(-60);
    const more =
      lines.length > last.length ? [`(${lines.length - last.length} earlier: ferry journal show ${run.id})`] : [];
    return answer(asking, [`${run.id}, UTC:`, ...more, ...last].join('\n'), run.id);
  },
});
