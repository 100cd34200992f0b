import { environmentOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import { wayBack } from '#engine/turn-back.ts';

export const rollback = defineCommand({
  name: 'rollback',
  usage: '[TARGET or RUN] [because …]',
  help: 'show the way back and take it',
  detail:
    "By the driver or any approver. An approval includes the way back that it showed; where it differs by now, it is asked for. Refused where something was done that can't be undone.",
  takes: { run: true, target: 'one', environment: true, because: 'may' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.outageBegun !== undefined,
  needs: ['runs', 'procedure', 'estate'],
  async run({ run, runs, procedure, estate, ...asking }, { targets: [target], because }) {
    const { person = '', accounts } = asking;
    const shown: string[] = [];
    const recorded = await runs.record(run.id, asking.cause, current => {
      const targets = target === undefined ? current.targets.map(one => one.name) : [target];
      const left = targets.filter(name => current.turned[name] === undefined);
      checkMayGoBack(current, left, person, environmentOf(estate, current.environment).approvers);
      const back = wayBack(current, left, procedure);
      if (back.impossible.length > 0) {
        throw new BadInput(
          'run',
          `there is no whole way back: ${back.impossible.join('; ')}. Mend it by hand and go on (!retry, !done).`,
        );
      }
      const changes = back.nodes.flatMap(node => back.plans[node.key] ?? []);
      shown.splice(0, shown.length, ...changes.map(change => `  ${change.says}`));
      return [{ type: 'turning-back', how: 'rollback', person, accounts, because: because ?? null, targets: left }];
    });
    if (recorded.again) return undefined;
    const lines = shown.length === 0 ? ['  nothing was made that has to be undone'] : shown;
    return answer(
      asking,
      [`The way back of ${target ?? run.id}, from when what runs now has ended:`, ...lines].join('\n'),
      run.id,
    );
  },
});

function checkMayGoBack(run: Run, targets: readonly string[], person: string, approvers: readonly string[]): void {
  if (run.what === 'retirement')
    throw new BadInput(
      'run',
      `${run.id} is a retirement: what it removed is gone. !cancel ${run.id} because … stops it before.`,
    );
  if (run.outageBegun === undefined)
    throw new BadInput(
      'run',
      `no outage of ${run.id} has begun: !cancel ${run.id} because … undoes what was prepared.`,
    );
  if (run.turning !== undefined)
    throw new BadInput('run', `${run.id} is turning back already, ${run.turning.person} said so.`);
  if (targets.length === 0) throw new BadInput('run', `${run.id} has turned back already.`);
  const drives = run.targets.some(target => targets.includes(target.name) && target.driver === person);
  if (!drives && !approvers.includes(person)) {
    throw new BadInput('person', `only its driver or an approver takes ${run.id} back: ${approvers.join(', ')}.`);
  }
}
