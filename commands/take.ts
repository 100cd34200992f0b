import { answer, defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';

export const take = defineCommand({
  name: 'take',
  usage: '[TARGET]',
  help: 'I drive it: I am asked when it halts',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  needs: ['runs'],
  async run({ run, runs, ...asking }, { targets: [target] }) {
    const person = asking.person ?? '';
    const recorded = await runs.record(run.id, asking.cause, current => {
      const names = target === undefined ? current.targets.map(one => one.name) : [target];
      if (!names.every(name => current.targets.some(one => one.name === name)))
        throw new BadInput('target', `${run.id} has no ${target}.`);
      return names
        .filter(name => current.targets.find(one => one.name === name)?.driver !== person)
        .map(name => ({ type: 'taken', target: name, person }));
    });
    if (recorded.again || recorded.entries.length > 0) return undefined;
    return answer(asking, `You drive ${target ?? run.id} already.`, run.id);
  },
});
