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

/** "Fedora 41 to 43" once that was read, "two releases up" before; "removing the old instances", "back from Fedora 43 to 41". */
export function whatWords(run: Run, { outlook }: Drawing): string {
  if (run.what === 'retirement') return 'removing the old instances';
  const back = run.what === 'return';
  const read = run.targets.flatMap(({ name }) => {
    const found = run.facts[name] === undefined ? undefined : outlook.releases(run.facts[name].facts);
    return found === undefined ? [] : [`${back ? 'back from ' : ''}Fedora ${found.from} to ${found.to}`];
  });
  if (read.length === run.targets.length) return both([...new Set(read)]);
  if (back) return 'going back to the old instances';
  return run.release === null ? 'two Fedora releases up' : `to Fedora ${run.release}`;
}

/** "Asked and driven by alice" where that is one person. */
function byWhom(run: Run): string {
  const drivers = driversOf(run);
  const because = becauseOf(run.because);
  if (drivers.length === 1 && drivers[0] === run.asker) return `Asked and driven by ${run.asker}${because}.`;
  return `Asked by ${run.asker}${because}, driven by ${both(drivers)}.`;
}

const checks = { upgrade: 'check-readiness', retirement: 'check-retirement', return: 'check-return' } as const;

/** The first message of a run: the root of its thread. */
export function startCard(run: Run, drawing: Drawing): Card {
  return {
    text: [
      `${run.id}: ${targetList(run)}, ${whatWords(run, drawing)}. ${byWhom(run)}`,
      `Checking first, about ${sayDuration(drawing.outlook.stepTime(checks[run.what]))}; nothing is touched before that. All else in this thread.`,
    ].join('\n'),
    people: [run.asker],
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'start' },
  };
}

/**
 * All targets were read: what was checked, what people should know of it, and how it goes on.
 *
 * @param earlier how long the last outage of these targets took, ms.
 */
export function checkedCard(run: Run, drawing: Drawing, earlier: number | undefined, at: number): Card {
  const remarks = run.targets.flatMap(({ name }) =>
    (run.facts[name]?.remarks ?? []).map(remark => (run.targets.length === 1 ? remark : `${name}: ${remark}`)),
  );
  const took = sayDuration(at - run.proposedAt);
  const lines = [
    `${run.id}: ${targetList(run)}, ${whatWords(run, drawing)}.`,
    `Checked in ${took}: ${drawing.outlook.checked}.${remarks.length === 0 ? ' Nothing to know of.' : ' To know:'}`,
    ...remarks.map((remark, index) => `${index + 1}. ${plainLine(remark)}`),
    run.what === 'retirement'
      ? 'Then: approval of RETIRE; nothing is removed before.'
      : nextWords(run, drawing, earlier, at),
  ];
  return {
    text: lines.join('\n'),
    people: remarks.length === 0 ? [] : [run.asker],
    notify: remarks.length > 0,
    where: 'room',
    field: { run: run.id, kind: remarks.length === 0 ? 'notice' : 'answer' },
  };
}

function nextWords(run: Run, { outlook }: Drawing, earlier: number | undefined, at: number): string {
  const prepare = sayDuration(remaining(run, ['prepare'], outlook, at));
  const outage = sayDuration(remaining(run, ['outage'], outlook, at));
  const last = earlier === undefined ? '' : ` (last time ${sayDuration(earlier)})`;
  return `Now: preparing, about ${prepare}, no outage. Then: outage, machine's part about ${outage}${last}; it begins when it is approved and somebody says !start ${run.id}.`;
}

/** A later reading of a target's facts brought something to light. `known`: what was told before. */
export function newsOfFactsCard(run: Run, target: string, known: readonly string[]): Card | undefined {
  const news = (run.facts[target]?.remarks ?? []).filter(remark => !known.includes(remark));
  if (news.length === 0) return undefined;
  const lines = news.map((remark, index) => `${index + 1}. ${plainLine(remark)}`);
  return note(run, [`${target === wholeRun ? run.id : target}: checked again. New:`, ...lines].join('\n'));
}

/** A notice in the run's thread. */
export function note(run: Run, text: string): Card {
  return { text, people: [], notify: false, where: 'thread', field: { run: run.id, kind: 'notice' } };
}

/** A message in the run's thread for somebody who waits for it. */
export function answerTo(run: Run, person: string, text: string): Card {
  return { text, people: [person], notify: true, where: 'thread', field: { run: run.id, kind: 'answer' } };
}
