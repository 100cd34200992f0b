import type { Run } from '#core/run.ts';
import { type Card, calling, type Drawing } from '../cards.ts';
import { environmentOf } from '../chat-estate.ts';

/** A run stands, since its journal holds what this Ferry doesn't know or doesn't believe. On-call is called. */
export function standsCard(run: Run, why: string, { estate }: Drawing): Card {
  const people = environmentOf(estate, run.environment).page;
  return {
    text: `${calling(people)}${run.id} stands still: ${run.unsealed === undefined ? newer(why) : forged(run, why)}`,
    people,
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'halt' },
  };
}

function newer(why: string): string {
  return `${why}, which this Ferry doesn't know. Start the version that wrote it.`;
}

function forged({ id }: Run, why: string): string {
  return [
    `${why}.`,
    "Somebody wrote to the store who hasn't the journal's key. Nothing of what they wrote happens, and nothing of this run goes on.",
    `See who can write to the store. "ferry journal verify ${id}" names the entry; with every Ferry stopped, "ferry journal restore" throws it away.`,
  ].join(' ');
}
