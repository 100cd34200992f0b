import { runLine } from '#chat/cards/status.ts';
import { answer, defineCommand } from '#chat/define-command.ts';

export const runs = defineCommand({
  name: 'runs',
  usage: '[TARGET or ENV]',
  help: 'runs, newest first',
  takes: { target: 'one', environment: true },
  changes: false,
  rooms: 'work',
  subject: 'nothing',
  needs: ['runs', 'clock'],
  async run({ runs: service, clock, ...asking }, { targets: [target], environment }) {
    const filter = {
      ...(target === undefined ? {} : { target }),
      ...(environment === undefined ? {} : { environment }),
    };
    const found = (await service.list(filter)).filter(run => asking.environments.includes(run.environment));
    if (found.length === 0) return answer(asking, 'There was no run yet.');
    const lines = found.slice(0, 20).map(run => runLine(run, clock.now()));
    return answer(
      asking,
      found.length > 20 ? [...lines, `and ${found.length - 20} older ones`].join('\n') : lines.join('\n'),
    );
  },
});
