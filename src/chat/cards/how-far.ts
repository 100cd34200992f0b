import { wholeRun } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import type { Block } from '#ports/message-body.ts';
import { columnsOf } from '../body/blocks.ts';
import type { Drawing } from '../cards.ts';
import { plainLine } from '../harmless.ts';
import { forecast, type ServiceState } from '../outlook.ts';
import { sayDuration, sayHour } from '../say-time.ts';
import { phaseOf } from './outage.ts';

/** A row for each service: up, or down since when and until about when. */
export function serviceBlock(states: readonly ServiceState[], now: number): Block {
  return columnsOf(states.map(state => [state.service, serviceWords(state, now)]));
}

function serviceWords(state: ServiceState, now: number): string {
  const until = untilWords(state, now);
  if (state.downSince !== undefined) return `down since ${sayHour(state.downSince)}${until}`;
  if (state.downFrom !== undefined)
    return `up; down from about ${sayHour(state.downFrom)} for about ${sayDuration((state.backAt ?? now) - state.downFrom)}`;
  return state.upSince === undefined ? 'up' : `up since ${sayHour(state.upSince)}`;
}

/** A time would be a promise while a halt waits for people. */
function untilWords({ backAt, held }: ServiceState, now: number): string {
  if (backAt === undefined) return '';
  return held
    ? `, back about ${sayDuration(backAt - now)} after the halt is dealt with`
    : `, back about ${sayHour(backAt)}`;
}

/** A row a target: how far it is, what it is at, what comes next and about how long it still takes. */
export function targetBlock(
  run: Run,
  progress: Readonly<Record<string, string>>,
  drawing: Drawing,
  now: number,
): Block {
  const times = forecast(run, drawing.outlook, now);
  const phase = phaseOf(run);
  const rows = [...run.targets.map(target => target.name), wholeRun].flatMap((target): string[][] => {
    const mine = Object.values(run.steps).filter(step => step.node.target === target && step.status !== 'dropped');
    const undo = mine.filter(step => step.node.phase === 'undo');
    // What went back is counted by its way back alone.
    const steps = undo.length > 0 ? undo : mine.filter(step => step.node.phase === phase);
    const at = steps.filter(isAtWork);
    if (steps.length === 0 || (target === wholeRun && at.length === 0)) return [];
    const done = steps.filter(isOver).length;
    const doing = at.map(step => doingWords(step, progress[step.node.key], now)).join(' · ');
    const turned = done === steps.length ? 'gone back' : 'going back';
    const back = run.turned[target] === undefined ? [] : [turned];
    const words = [...back, ...(doing === '' ? [] : [doing])].join(': ');
    const next = nextWords(steps, times, now);
    return [
      [target === wholeRun ? run.id : target, `${done} of ${steps.length}`, [words, next].filter(Boolean).join('; ')],
    ];
  });
  return columnsOf(rows);
}

function isOver({ status }: StepState): boolean {
  return status === 'done' || status === 'skipped' || status === 'dropped';
}

function isAtWork({ status }: StepState): boolean {
  return status === 'running' || status === 'halted' || status === 'by-hand';
}

function doingWords(step: StepState, progress: string | undefined, now: number): string {
  if (step.status === 'halted') return `${step.node.step}: HALTED`;
  const since = step.begunAt === undefined ? '' : `, for ${sayDuration(now - step.begunAt)}`;
  if (step.status === 'by-hand') return `${step.node.step}: checking what was done by hand`;
  return progress === undefined
    ? `${step.node.step}${since}`
    : `${step.node.step}: ${plainLine(progress).replace(/ *\*{3,}/g, '')}${since}`;
}

/** "next: snapshot-data, detach-data; about 3 min"; without a time where something has halted: nobody knows. */
function nextWords(
  steps: readonly StepState[],
  times: Readonly<Record<string, { begin: number; end: number }>>,
  now: number,
): string {
  const begins = (step: StepState) => times[step.node.key]?.begin ?? now;
  const waiting = steps.filter(step => step.status === 'waiting').sort((a, b) => begins(a) - begins(b));
  const next =
    waiting.length === 0
      ? []
      : [
          `next: ${waiting
            .slice(0, 2)
            .map(({ node }) => node.step)
            .join(', ')}`,
        ];
  const open = steps.filter(step => !isOver(step));
  const ends = Math.max(now, ...open.map(step => times[step.node.key]?.end ?? now));
  const left =
    open.length === 0 || steps.some(({ status }) => status === 'halted') ? [] : [`about ${sayDuration(ends - now)}`];
  return [...next, ...(next.length === 0 ? [] : left)].join('; ');
}
