import { answer, defineCommand } from '#chat/define-command.ts';

export const note = defineCommand({
  name: 'note',
  usage: '[RUN] TEXT',
  help: 'write a line into its story',
  takes: { run: true, text: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  needs: ['runs'],
  async run({ run, runs, ...asking }, { text }) {
    await runs.record(run.id, asking.cause, () => [{ type: 'noted', person: asking.person ?? '', text: text ?? '' }]);
    return answer(asking, `Noted in ${run.id}.`, run.id);
  },
});
