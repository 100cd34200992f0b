import type { Run } from '#core/run.ts';
import { both, type Drawing } from '../cards.ts';
import { sayTime } from '../say-time.ts';
import { phaseWords } from './status.ts';
import { waitsFor } from './waiting.ts';

/** Why a run waits, and whether the one who asks can help. */
export function whyText(
  run: Run,
  drawing: Drawing,
  asks: string | undefined,
  link: (request: string) => string | undefined,
  now: number,
): string {
  const waits = waitsFor(run, drawing, now);
  if (waits.length === 0) {
    const at = Object.values(run.steps).filter(step => step.status === 'running' || step.status === 'by-hand');
    const doing = at.length === 0 ? '' : ` It is at ${both(at.map(step => step.node.key))}.`;
    return `${run.id} waits for nobody; ${phaseWords(run, now)}.${doing}`;
  }
  return waits
    .flatMap(one => {
      if (one.can === '') return [`${run.id} waits for ${one.says}. Nobody needs to act.`];
      const where = one.request === undefined ? undefined : link(one.request);
      const mine = asks !== undefined && one.people.includes(asks);
      const help = mine
        ? `You can: ${one.can}${where === undefined ? '' : `, there: ${where}`}`
        : `${both(one.people)} can: ${one.can}${where === undefined ? '' : `, there: ${where}`}`;
      return [
        `${run.id} waits for ${one.says}.`,
        `${help}${notMe(run, asks, one.request, mine)}`,
        ...askedWhen(run, one.request, drawing, now),
      ];
    })
    .join('\n');
}

function notMe(run: Run, asks: string | undefined, request: string | undefined, mine: boolean): string {
  if (asks === undefined) return '. I know no person behind your account.';
  if (mine || request === undefined) return '.';
  const askers = run.requests.find(one => one.request === request)?.askers ?? [];
  if (asks === run.asker || askers.includes(asks)) return `. ${asks} can't, ${asks} asked for it.`;
  return `. ${asks} isn't an approver for ${run.environment}.`;
}

function askedWhen(run: Run, request: string | undefined, drawing: Drawing, now: number): string[] {
  const found = run.requests.find(one => one.request === request);
  if (found === undefined) return [];
  const again = run.reminded[found.request] ?? 0;
  const { remind, page } = drawing.estate.timing;
  const more = [
    ...(again >= 1 ? [`again about ${sayTime(found.at + remind, now)}`] : []),
    ...(again >= 2 ? [`on-call about ${sayTime(found.at + page, now)}`] : []),
  ];
  return [`Asked at ${sayTime(found.at, now)}${more.length === 0 ? '' : `, ${more.join(', ')}`}.`];
}
