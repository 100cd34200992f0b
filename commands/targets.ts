import { phaseWords } from '#chat/cards/status.ts';
import { columns } from '#chat/cards.ts';
import { targetsOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { keptInstances } from '#core/kept-instances.ts';

export const targets = defineCommand({
  name: 'targets',
  usage: '[ENV]',
  help: 'hosts, their last upgrade, what is kept or under way',
  takes: { environment: true },
  changes: false,
  rooms: 'work',
  subject: 'nothing',
  needs: ['runs', 'estate', 'clock'],
  async run({ runs, estate, clock, ...asking }, { environment }) {
    const wanted =
      environment === undefined ? asking.environments : asking.environments.filter(one => one === environment);
    const all = await runs.list();
    const keptSince = keptInstances(all);
    const now = clock.now();
    const rows = wanted.flatMap(targetsOf.bind(undefined, estate)).map(name => {
      const mine = all.filter(run => run.targets.some(target => target.name === name));
      const open = mine.find(run => run.ended === undefined);
      const [last] = mine;
      const kept = keptSince.has(name) ? `; old instance kept: !retire ${name}` : '';
      const is =
        open !== undefined
          ? `${open.id}, ${phaseWords(open, now)}`
          : last === undefined
            ? 'no run yet'
            : `last ${last.id}, ${phaseWords(last, now)}${kept}`;
      return [`${name} (${estate.targets[name]?.role})`, is] as const;
    });
    return answer(asking, rows.length === 0 ? 'No target is worked on in this room.' : columns(rows).join('\n'));
  },
});
