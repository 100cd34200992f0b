import { keptVolumeLines, keptWords } from '#chat/cards/kept.ts';
import { returnable } from '#chat/cards/returnable.ts';
import { phaseWords } from '#chat/cards/status.ts';
import { columns } from '#chat/cards.ts';
import { targetsOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import type { Outlook } from '#chat/outlook.ts';
import { keptInstances, turnedBackSince } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';

export const targets = defineCommand({
  name: 'targets',
  usage: '[ENV]',
  help: 'hosts, their Fedora, what is kept or under way',
  takes: { environment: true },
  changes: false,
  rooms: 'work',
  subject: 'nothing',
  needs: ['runs', 'estate', 'drawing', 'clock'],
  async run({ runs, estate, drawing, clock, ...asking }, { environment }) {
    const wanted =
      environment === undefined ? asking.environments : asking.environments.filter(one => one === environment);
    const all = await runs.list();
    const keptSince = keptInstances(all);
    const now = clock.now();
    const rows = wanted.flatMap(targetsOf.bind(undefined, estate)).map(name => {
      const mine = all.filter(run => run.targets.some(target => target.name === name));
      const open = mine.find(run => run.ended === undefined);
      const [last] = mine;
      const upgrade = keptSince.get(name);
      const back = upgrade !== undefined && returnable(upgrade, all, drawing).includes(name);
      const ways = `!retire ${name}${back ? `, or !rollback ${name} goes back to it until then` : ''}`;
      const kept = upgrade === undefined ? '' : `; old instance kept: ${ways}`;
      const is =
        open !== undefined
          ? `${open.id}, ${phaseWords(open, now)}`
          : last === undefined
            ? 'no run yet'
            : `last ${last.id}, ${phaseWords(last, now)}${kept}`;
      return [`${name} (${estate.targets[name]?.role})`, `${fedoraOf(name, mine, drawing.outlook)}; ${is}`] as const;
    });
    const left = wanted.flatMap(targetsOf.bind(undefined, estate)).flatMap(name => {
      const since = turnedBackSince(all, name);
      const retired = all.find(
        run => run.what === 'retirement' && run.ended?.outcome === 'done' && run.targets.some(one => one.name === name),
      );
      return [
        ...since.flatMap(run => {
          const words = keptWords(run, name, drawing.outlook);
          return words === undefined ? [] : [`${name}, kept from ${run.id} until !retire ${name}: ${words}`];
        }),
        ...[...since, ...(retired === undefined ? [] : [retired])].flatMap(run =>
          keptVolumeLines(run, name, drawing.outlook),
        ),
      ];
    });
    if (rows.length === 0) return answer(asking, 'No target is worked on in this room.');
    return answer(asking, [...columns(rows), ...left].join('\n'));
  },
});

/** The release that a target has, as its newest run that read it knows. @param runs those of the target, newest first. */
function fedoraOf(name: string, runs: readonly Run[], outlook: Outlook): string {
  for (const run of runs) {
    const read = run.facts[name];
    const releases = read === undefined ? undefined : outlook.releases(read.facts);
    if (releases === undefined) continue;
    const arrived = run.ended?.outcome === 'done' && run.turned[name] === undefined;
    return `Fedora ${run.what !== 'retirement' && arrived ? releases.to : releases.from}`;
  }
  return 'Fedora not read yet';
}
