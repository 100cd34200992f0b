import { answer, defineCommand } from '#chat/define-command.ts';
import { harmless } from '#chat/harmless.ts';
import { sayFromNow } from '#chat/say-time.ts';
import { BadInput } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import { contextOf } from '#engine/context.ts';
import type { Procedure } from '#engine/plan-step.ts';

export const announce = defineCommand({
  name: 'announce',
  usage: '[RUN] [preview or done ITEM]',
  help: 'what users are told; tick what was done by hand',
  takes: { run: true, target: 'one', environment: true, words: ['preview', 'done'], item: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  // The last ones are owed as a run ends.
  ended: true,
  needs: ['runs', 'procedure', 'clock'],
  async run({ run, runs, procedure, clock, ...asking }, { words, word: item }) {
    if (words.includes('done')) {
      if (item === undefined) throw new BadInput('item', `which one? ${owed(run).join(', ') || 'nothing is owed'}.`);
      await runs.record(run.id, asking.cause, current => {
        if (current.owed[item] === undefined)
          throw new BadInput(
            'item',
            `${run.id} owes no ${harmless(item)}; owed: ${owed(current).join(', ') || 'nothing'}.`,
          );
        if (current.owed[item].told !== undefined) throw new BadInput('item', `${item} was told already.`);
        return [{ type: 'told', item, by: asking.person ?? '', ref: 'by hand' }];
      });
      return answer(asking, `Ticked: ${item}.`, run.id);
    }
    if (words.includes('preview')) return answer(asking, preview(run, procedure), run.id);
    const now = clock.now();
    const lines = Object.values(run.owed).map(one => {
      const told =
        one.told === undefined
          ? 'owed'
          : `told ${sayFromNow(one.told.at, now)}${one.told.by === null ? '' : ` by ${one.told.by}`}`;
      return `  ${one.item} (${one.channel} to ${one.to.join(', ') || 'all'}): ${told}`;
    });
    return answer(
      asking,
      [`${run.id} tells:`, ...(lines.length === 0 ? ['  nothing yet: !announce preview'] : lines)].join('\n'),
      run.id,
    );
  },
});

function owed(run: Run): string[] {
  return Object.values(run.owed)
    .filter(one => one.told === undefined)
    .map(one => one.item);
}

/** What each step still has to tell, as it would read now. */
function preview(run: Run, procedure: Procedure): string {
  const texts = Object.values(run.steps).flatMap(step => {
    if (step.status === 'skipped' || step.status === 'dropped') return [];
    const told = procedure.steps[step.node.step]?.tell?.(contextOf(run, step.node.target, step.node.key)) ?? [];
    return told
      .filter(one => run.owed[one.item] === undefined)
      .map(
        one =>
          `${one.item} (${one.channel} to ${one.to.join(', ') || 'all'})${one.subject === '' ? '' : `, “${one.subject}”`}:\n${one.text}`,
      );
  });
  return [`${run.id} would still tell:`, ...(texts.length === 0 ? ['nothing'] : texts)].join('\n');
}
