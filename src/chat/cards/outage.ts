import { wholeRun } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import { both, type Card, columns, type Drawing } from '../cards.ts';
import { plainLine } from '../harmless.ts';
import { remaining, type ServiceState, serviceStates } from '../outlook.ts';
import { sayDuration, sayHour, sayTime } from '../say-time.ts';
import { targetList } from './start.ts';
import { whoMustAct } from './waiting.ts';
import { safeWayBack } from './way-back.ts';

/** The outage begins: the room's line. */
export function outageBeginsCard(run: Run, drawing: Drawing, at: number): Card {
  const left = remaining(run, ['outage'], drawing.outlook, at);
  return {
    text: [
      `OUTAGE begins: ${run.id}, ${targetList(run)}, started by ${run.started?.person ?? run.asker}. About ${sayDuration(left)}, until about ${sayTime(at + left, at)}.`,
      ...serviceLines(serviceStates(run, drawing.outlook, at), at),
      `Stop before the next steps: !pause ${run.id}. The rest of the plan as commands is in the thread.`,
    ].join('\n'),
    people: [],
    notify: false,
    where: 'room',
    field: { run: run.id, kind: 'notice' },
  };
}

/** A line for each service: up, or down since when and until about when. */
export function serviceLines(states: readonly ServiceState[], now: number): string[] {
  return columns(
    states.map(state => {
      const until = untilWords(state, now);
      if (state.downSince !== undefined) return [state.service, `down since ${sayHour(state.downSince)}${until}`];
      if (state.downFrom !== undefined) {
        return [
          state.service,
          `up; down from about ${sayHour(state.downFrom)} for about ${sayDuration((state.backAt ?? now) - state.downFrom)}`,
        ];
      }
      if (state.upSince !== undefined) return [state.service, `up since ${sayHour(state.upSince)}`];
      return [state.service, 'up'];
    }),
    '  ',
  );
}

/** A time would be a promise while a halt waits for people. */
function untilWords({ backAt, held }: ServiceState, now: number): string {
  if (backAt === undefined) return '';
  return held
    ? `, back about ${sayDuration(backAt - now)} after the halt is dealt with`
    : `, back about ${sayHour(backAt)}`;
}

/** Which of a run's phases is on: what is counted and named in the live message. */
export function phaseOf(run: Run): 'prepare' | 'outage' | 'settle' | 'retire' {
  if (run.what === 'retirement') return 'retire';
  if (run.outageBegun === undefined) return 'prepare';
  return outageIsOver(run) ? 'settle' : 'outage';
}

/** Every step of the outage has ended, the way back included. */
export function outageIsOver(run: Run): boolean {
  if (run.outageBegun === undefined || run.turning !== undefined) return false;
  return Object.values(run.steps).every(
    step => (step.node.phase !== 'outage' && step.node.phase !== 'undo') || isOver(step),
  );
}

/** When the last step of the outage ended, ms. */
export function outageEndedAt(run: Run): number | undefined {
  if (!outageIsOver(run)) return undefined;
  const ends = Object.values(run.steps)
    .filter(step => step.node.phase === 'outage' || step.node.phase === 'undo')
    .map(step => step.endedAt ?? 0);
  return Math.max(run.outageBegun?.at ?? 0, ...ends);
}

function isOver(step: StepState): boolean {
  return step.status === 'done' || step.status === 'skipped' || step.status === 'dropped';
}

/** One line a target: how far it is, and what it is at. */
export function targetLines(run: Run, progress: Readonly<Record<string, string>>, now: number): string[] {
  const phase = phaseOf(run);
  const rows = [...run.targets.map(target => target.name), wholeRun].flatMap((target): [string, string][] => {
    const steps = Object.values(run.steps).filter(
      step =>
        step.node.target === target &&
        (step.node.phase === phase || step.node.phase === 'undo') &&
        step.status !== 'dropped',
    );
    const at = steps.filter(step => step.status === 'running' || step.status === 'halted' || step.status === 'by-hand');
    if (steps.length === 0 || (target === wholeRun && at.length === 0)) return [];
    const done = steps.filter(isOver).length;
    const doing = at.map(step => doingWords(step, progress[step.node.key], now)).join(' · ');
    const turned = done === steps.length ? 'gone back' : 'going back';
    const back = run.turned[target] === undefined ? [] : [turned];
    const words = [...back, ...(doing === '' ? [] : [doing])].join(': ');
    return [[target === wholeRun ? run.id : target, `${done} of ${steps.length}   ${words}`.trimEnd()]];
  });
  return columns(rows, '  ');
}

function doingWords(step: StepState, progress: string | undefined, now: number): string {
  if (step.status === 'halted') return `${step.node.step}: HALTED`;
  const since = step.begunAt === undefined ? '' : `, for ${sayDuration(now - step.begunAt)}`;
  if (step.status === 'by-hand') return `${step.node.step}: checking what was done by hand`;
  return progress === undefined
    ? `${step.node.step}${since}`
    : `${step.node.step}: ${plainLine(progress).replace(/ *\*{3,}/g, '')}${since}`;
}

/** The live message: numbers and ticks, edited in place. */
export function liveCard(run: Run, drawing: Drawing, progress: Readonly<Record<string, string>>, now: number): Card {
  const phase = phaseOf(run);
  const field = { run: run.id, kind: 'live' as const };
  const base = { people: [], notify: false, field };
  const lines = targetLines(run, progress, now);
  if (run.ended !== undefined) return { ...base, where: 'room', text: `${run.id} has ended: ${endWords(run)}.` };
  if (phase === 'outage') {
    const so = sayDuration(now - (run.outageBegun?.at ?? now));
    const left = sayDuration(remaining(run, ['outage', 'undo'], drawing.outlook, now));
    return {
      ...base,
      where: 'room',
      text: [
        `OUTAGE ${run.id}, ${so} so far, about ${left} to go. As of ${sayTime(now, now)}.`,
        ...serviceLines(serviceStates(run, drawing.outlook, now), now),
        ...lines,
        `${whoMustAct(run, drawing, now)} ${run.paused === undefined ? `Stop before the next steps: !pause ${run.id}` : `Go on: !resume ${run.id}`}`,
      ].join('\n'),
    };
  }
  const head = {
    prepare: `Preparing ${run.id}, no outage, about ${sayDuration(remaining(run, ['prepare'], drawing.outlook, now))} to go.`,
    settle: `${run.id}: the outage is over, settling.`,
    retire: `Retirement ${run.id}.`,
  }[phase];
  return {
    ...base,
    where: 'thread',
    text: [`${head} As of ${sayTime(now, now)}.`, ...lines, whoMustAct(run, drawing, now)].join('\n'),
  };
}

/** The last state of the thread's live message, once the outage has one of its own in the room. */
export function preparedCard(run: Run): Card {
  const steps = Object.values(run.steps).filter(step => step.node.phase === 'prepare');
  return {
    text: `Prepared ${run.id}: ${steps.filter(isOver).length} of ${steps.length}. The outage's live message is in the room.`,
    people: [],
    notify: false,
    where: 'thread',
    field: { run: run.id, kind: 'live' },
  };
}

/** "done", "rolled back", "cancelled". */
export function endWords(run: Run): string {
  const outcome = run.ended?.outcome ?? 'done';
  if (outcome === 'done' && run.what === 'retirement') return 'the old instances are removed';
  return { done: 'done', cancelled: 'cancelled, what was prepared is undone', 'rolled-back': 'rolled back' }[outcome];
}

/** The outage is over. */
export function overCard(run: Run, drawing: Drawing, at: number): Card {
  const took = sayDuration((outageEndedAt(run) ?? at) - (run.outageBegun?.at ?? at));
  const turned = run.targets.filter(target => run.turned[target.name] !== undefined).map(target => target.name);
  const upgraded = run.targets.filter(target => run.turned[target.name] === undefined).map(target => target.name);
  const were = serviceStates(run, drawing.outlook, at).filter(state => state.upSince !== undefined);
  const served = were.length === 0 ? '' : `: ${both(were.map(state => state.service))} up`;
  const what =
    turned.length === 0
      ? `${both(upgraded)} checked${served}.`
      : `${both(turned)} ${turned.length === 1 ? 'is' : 'are'} back on the old instance${upgraded.length === 0 ? '' : `, ${both(upgraded)} upgraded`}.`;
  const next =
    turned.length === run.targets.length
      ? ''
      : `\n${backWords(run, upgraded, drawing)} Old instances are kept: !retire ${upgraded.join(' ')}`;
  return {
    text: `Over: ${run.id}, after ${took}. ${what}${next}`,
    people: [],
    notify: false,
    where: 'room',
    field: { run: run.id, kind: 'end' },
  };
}

/** What going back means once the outage is over: it needs a run that hasn't ended. */
function backWords(run: Run, targets: readonly string[], drawing: Drawing): string {
  const back = safeWayBack(run, targets, drawing);
  if (back === undefined) return '';
  const lost = back.impossible.length;
  if (lost > 0) {
    return `No whole way back any more: ${lost} change${lost === 1 ? '' : 's'} can't be undone, !rollback ${run.id} names ${lost === 1 ? 'it' : 'them'}.`;
  }
  return `Going back while it settles: !rollback ${run.id}, about ${sayDuration(back.time)}, loses nothing.`;
}

/** How long announcements may take, ms, before the run's last line mentions them. */
const tellingTakes = 60_000;

/** The run's last line in the room. */
export function endCard(run: Run, at: number): Card {
  const owed = Object.values(run.owed).filter(
    item => item.told === undefined && at - item.owedAt > tellingTakes,
  ).length;
  const rest =
    owed === 0 ? '' : ` ${owed} announcement${owed === 1 ? ' is' : 's are'} still to be told: !announce ${run.id}`;
  return {
    text: `${run.id} has ended: ${endWords(run)}.${rest}`,
    people: [run.asker],
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'end' },
  };
}
