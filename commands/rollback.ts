import { lossLines } from '#chat/cards/losses.ts';
import { approvalLine, previewText } from '#chat/cards/way-back.ts';
import { environmentOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import { wayBack } from '#engine/turn-back.ts';
import { targetsToGoBack, whyNot } from '#engine/why-not.ts';

export const rollback = defineCommand({
  name: 'rollback',
  usage: '[TARGET or RUN] [preview] [because …]',
  help: 'take the way back; preview only shows it: steps, minutes, what is lost',
  detail:
    "By the driver or any approver; the preview by anybody who may ask. An approval includes the way back that it showed; where it differs by now, it is asked for. A database that was upgraded comes back from the clean snapshot, which loses what was written since: a second person agrees. Refused where something else was done that can't be undone. It works until the settle window ends, and while what comes after it isn't over.",
  takes: { run: true, target: 'one', environment: true, because: 'may', words: ['preview'] },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.outageBegun !== undefined,
  needs: ['runs', 'procedure', 'drawing', 'clock', 'estate'],
  async run({ run, runs, procedure, drawing, clock, estate, ...asking }, { targets: [target], because, words }) {
    const named = target === undefined ? undefined : [target];
    if (words.includes('preview')) return answer(asking, previewText(run, named, drawing, clock.now()), run.id);
    const person = asking.person ?? '';
    const shown: string[] = [];
    const recorded = await runs.record(run.id, asking.cause, (current, now) => {
      const refused = whyNot(
        current,
        { say: 'rollback', ...(named === undefined ? {} : { targets: named }) },
        procedure,
        now,
      );
      if (refused !== undefined) throw new BadInput('run', refused);
      const targets = targetsToGoBack(current, named);
      checkMayGoBack(current, targets, person, environmentOf(estate, current.environment).approvers);
      const back = wayBack(current, targets, procedure);
      const changes = back.nodes.flatMap(node => back.plans[node.key] ?? []);
      shown.splice(
        0,
        shown.length,
        ...lossLines(current, back.nodes, drawing, now),
        ...(back.shown ? [] : [approvalLine(back)]),
        ...changes.map(change => `  ${change.says}`),
      );
      return [{ type: 'turning-back', how: 'rollback', person, because: because ?? null, targets }];
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
  const drives = run.targets.some(target => targets.includes(target.name) && target.driver === person);
  if (!drives && !approvers.includes(person)) {
    throw new BadInput('person', `only its driver or an approver takes ${run.id} back: ${approvers.join(', ')}.`);
  }
}
