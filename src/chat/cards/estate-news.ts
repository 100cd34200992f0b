import type { EntryOf } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import { type Card, calling } from '../cards.ts';
import { plainLine, sentence } from '../harmless.ts';
import { answerTo, note } from './start.ts';
import { driverOf } from './waiting.ts';

/** What became of a run when the estate's file was altered: it has no author that could be named. */
export function estateNews(run: Run, entry: EntryOf<'estate-altered' | 'estate-kept'>): Card {
  const lines = entry.altered.map(line => `  ${plainLine(line)}`);
  if (entry.type === 'estate-altered') {
    const driver = driverOf(run);
    const made =
      entry.made.length === 0
        ? []
        : [
            `Made already by what it said before, and not made anew: ${entry.made.join(', ')}. If that won't do: !cancel ${run.id} because …`,
          ];
    const head = `${calling([driver])}The estate's file was altered, and ${run.id} takes it: what was asked is void, what hasn't begun is planned and asked anew.`;
    return answerTo(run, driver, [head, ...lines, ...made].join('\n'));
  }
  if (entry.altered.length === 0) return note(run, `The estate's file says again what ${run.id} has.`);
  if (entry.stands !== null) {
    const driver = driverOf(run);
    const head = `${calling([driver])}The estate's file was altered, and ${run.id} can't take that: ${sentence(plainLine(entry.stands))} Until then nothing of it begins.`;
    return answerTo(run, driver, [head, ...lines].join('\n'));
  }
  return note(run, [`The estate's file was altered; ${run.id} keeps what it was approved with:`, ...lines].join('\n'));
}
