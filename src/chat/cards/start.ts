import { wholeRun } from '#core/graph.ts';
import type { Run } from '#core/run.ts';
import { both, type Card, type Drawing } from '../cards.ts';
import { becauseOf, plainLine } from '../harmless.ts';
import { remaining } from '../outlook.ts';
import { sayDuration } from '../say-time.ts';
import { driversOf } from './waiting.ts';

/** "copr-be-dev (backend), copr-fe-dev (frontend)". */
export function targetList(run: Run): string {
  return run.targets.map(target => `${target.name} (${target.role})`).join(', ');
}

/** "upgrade of", "retirement of the old". */
export function whatWords(run: Run): string {
  if (run.what === 'retirement') return 'removing the old instances';
  return run.release === null ? 'to the Fedora two up' : `to Fedora ${run.release}`;
}

/** The first message of a run: the root of its thread. */
export function startCard(run: Run, drawing: Drawing, earlier: number | undefined): Card {
  const lines = [
    `${run.id}: ${targetList(run)}, ${whatWords(run)}. Asked by ${run.asker}${becauseOf(run.because)}, driven by ${both(driversOf(run))}.`,
  ];
  if (run.what === 'upgrade') {
    const prepare = sayDuration(remaining(run, ['prepare'], drawing.outlook));
    const outage = sayDuration(remaining(run, ['outage'], drawing.outlook));
    const last = earlier === undefined ? '' : ` (last time ${sayDuration(earlier)})`;
    lines.push(
      `Now: checking, then preparing, about ${prepare}, no outage. Then: outage, machine's part about ${outage}${last}; it begins only when approved and somebody says !start ${run.id}.`,
    );
  } else {
    lines.push('Now: checking. Then: approval of RETIRE; nothing is removed before it.');
  }
  lines.push('All else in this thread.');
  return {
    text: lines.join('\n'),
    people: [run.asker],
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'start' },
  };
}

/** What reading a target's facts brought to light. `known`: remarks that were told before. */
export function checkedCard(run: Run, target: string, known: readonly string[], since: number): Card | undefined {
  const read = run.facts[target];
  if (read === undefined) return undefined;
  const news = read.remarks.filter(remark => !known.includes(remark));
  if (known.length > 0 && news.length === 0) return undefined;
  const name = target === wholeRun ? run.id : target;
  const took = since === 0 ? 'again' : `in ${sayDuration(since)}`;
  const lines = news.map((remark, index) => `${index + 1}. ${plainLine(remark)}`);
  const head = `${name}: checked ${took}. ${news.length === 0 ? 'Nothing to know.' : 'To know:'}`;
  return note(run, [head, ...lines].join('\n'));
}

/** A notice in the run's thread. */
export function note(run: Run, text: string): Card {
  return { text, people: [], notify: false, where: 'thread', field: { run: run.id, kind: 'notice' } };
}

/** A message in the run's thread for somebody who waits for it. */
export function answerTo(run: Run, person: string, text: string): Card {
  return { text, people: [person], notify: true, where: 'thread', field: { run: run.id, kind: 'answer' } };
}
