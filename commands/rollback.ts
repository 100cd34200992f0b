import { lossLines } from '#chat/cards/losses.ts';
import { returnPreview } from '#chat/cards/return.ts';
import { approvalLine, previewText } from '#chat/cards/way-back.ts';
import { environmentOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { proposeRun } from '#chat/propose-run.ts';
import { BadInput } from '#core/errors.ts';
import { keptInstances } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { RunsService } from '#engine/runs.ts';
import { wayBack } from '#engine/turn-back.ts';
import { targetsToGoBack, whyNot } from '#engine/why-not.ts';
import { whyNotReturned } from '#engine/why-not-returned.ts';

export const rollback = defineCommand({
  name: 'rollback',
  usage: '[TARGET or RUN] [preview] [because …]',
  help: 'take the way back; preview only shows it: steps, minutes, what is lost',
  detail:
    "By the driver or any approver; the preview by anybody who may ask. An approval includes the way back that it showed; where it differs by now, it is asked for. A database that was upgraded comes back from the clean snapshot, which loses what was written since: a second person agrees. Refused where something else was done that can't be undone. It works until the settle window ends, and while what comes after it isn't over. When the upgrade has ended, while the old instance is kept, it proposes a run of its own, a return, that is planned, approved and started like an upgrade; whoever may ask proposes it.",
  takes: { run: true, target: 'one', environment: true, because: 'may', words: ['preview'] },
  changes: true,
  rooms: 'work',
  subject: 'run',
  ended: true,
  last: true,
  fits: run => run.outageBegun !== undefined,
  needs: ['runs', 'procedure', 'proposer', 'drawing', 'clock', 'estate'],
  async run({ run, runs, procedure, proposer, drawing, clock, estate, ...asking }, args) {
    const { because, words } = args;
    const [target] = args.targets;
    const named = target === undefined ? undefined : [target];
    const person = asking.person ?? '';
    if (run.ended !== undefined) {
      const { environment } = run;
      const targets = await targetsToReturn(run, named, runs, procedure);
      const { accounts, room, cause } = asking;
      const request = { what: 'return', environment, targets, asker: person, accounts, room, release: null } as const;
      const asked = { ...request, because: because ?? null };
      if (!words.includes('preview')) await proposeRun({ runs, estate, clock }, asked, cause);
      else
        return answer(
          asking,
          returnPreview(target ?? run.id, asked, await proposer.prepare(asked), drawing, clock.now()),
          run.id,
        );
      return undefined;
    }
    if (words.includes('preview')) return answer(asking, previewText(run, named, drawing, clock.now()), run.id);
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

/**
 * What a return is about: the named target, from the upgrade whose old instance is kept, or all those of the run.
 *
 * @throws BadInput with the sentence why there is none.
 */
async function targetsToReturn(
  last: Run,
  named: readonly string[] | undefined,
  runs: Pick<RunsService, 'list'>,
  procedure: Procedure,
): Promise<readonly string[]> {
  const all = await runs.list({ environment: last.environment });
  const [target] = named ?? [];
  const done = (one: Run) => one.ended?.outcome === 'done' && one.targets.some(({ name }) => name === target);
  const run = (target === undefined ? undefined : (keptInstances(all).get(target) ?? all.find(done))) ?? last;
  const names = named ?? run.targets.map(one => one.name);
  const refused = names.flatMap(name => whyNotReturned(run, name, all, procedure) ?? []);
  if (refused.length > 0) throw new BadInput('run', refused.join(' '));
  return names;
}

function checkMayGoBack(run: Run, targets: readonly string[], person: string, approvers: readonly string[]): void {
  const drives = run.targets.some(target => targets.includes(target.name) && target.driver === person);
  if (!drives && !approvers.includes(person)) {
    throw new BadInput('person', `only its driver or an approver takes ${run.id} back: ${approvers.join(', ')}.`);
  }
}
