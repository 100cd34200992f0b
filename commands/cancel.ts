import { defineCommand } from '#chat/define-command.ts';
import type { NewEntry } from '#core/entries.ts';
import { BadInput } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import { stuckUndoing, targetsToGoBack, whyNot } from '#engine/why-not.ts';

export const cancel = defineCommand({
  name: 'cancel',
  usage: 'RUN because …',
  help: 'before the outage: undo what was prepared',
  takes: { run: true, target: 'one', environment: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.outageBegun === undefined,
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person = '', accounts, cause }, { because }) {
    await runs.record(run.id, cause, (current, now) => {
      const refused = whyNot(current, { say: 'cancel' }, procedure, now);
      if (refused !== undefined) throw new BadInput('run', refused);
      const targets = targetsToGoBack(current);
      if (targets.length === 0) return leftAsIs(current, person, accounts, because ?? '');
      return [{ type: 'turning-back', how: 'cancel', person, accounts, because: because ?? null, targets }];
    });
    return undefined;
  },
});

/**
 * The way back halted, and its halt offers a second cancel: what it couldn't undo stays as it is, by name, and the rest goes
 * on. Each undoing that comes after it looks before it changes anything.
 */
function leftAsIs(run: Run, person: string, accounts: readonly string[], because: string): NewEntry[] {
  const halted = stuckUndoing(run);
  const stays = halted.flatMap(step =>
    (step.plan ?? []).filter(change => run.changes[change.id]?.outcome !== 'made').map(change => change.says),
  );
  return [
    ...halted.map(
      ({ node }): NewEntry => ({ type: 'skipped', step: node.key, person, accounts, because, request: null }),
    ),
    { type: 'noted', person, text: `The way back leaves as it is: ${stays.join('; ')}` },
  ];
}
