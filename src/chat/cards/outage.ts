import { isOutageNode } from '#core/graph.ts';
import { outageSince } from '#core/readiness.ts';
import type { Run, StepState } from '#core/run.ts';
import { windowUntil } from '#core/settle-window.ts';
import { whyNot } from '#engine/why-not.ts';
import { lines } from '../body/blocks.ts';
import { both, type Card, cardOf, type Drawing } from '../cards.ts';
import { becauseOf } from '../harmless.ts';
import { outageLeft, remaining, serviceStates } from '../outlook.ts';
import { sayDuration, sayFromNow, sayTime } from '../say-time.ts';
import { serviceBlock, targetBlock } from './how-far.ts';
import { leftLines } from './kept.ts';
import { targetList } from './start.ts';
import { whoMustAct } from './waiting.ts';
import { safeWayBack } from './way-back.ts';

/** The outage begins: the room's line. */
export function outageBeginsCard(run: Run, drawing: Drawing, at: number): Card {
  const left = remaining(run, ['outage'], drawing.outlook, at);
  return cardOf(
    {
      title: `OUTAGE begins: ${run.id}, ${targetList(run)}, started by ${run.started?.person ?? run.asker}. About ${sayDuration(left)}, until about ${sayTime(at + left, at)}.`,
      blocks: [
        serviceBlock(serviceStates(run, drawing.outlook, at), at),
        lines(`Stop before the next steps: !pause ${run.id}. The rest of the plan as commands is in the thread.`),
      ],
    },
    { people: [], notify: false, where: 'room', field: { run: run.id, kind: 'notice' } },
  );
}

/** Which of a run's phases is on: what is counted and named in the live message. */
export function phaseOf(run: Run): 'prepare' | 'outage' | 'settle' | 'retire' {
  if (run.what === 'retirement') return 'retire';
  if (run.outageBegun === undefined) return 'prepare';
  return outageIsOver(run) ? 'settle' : 'outage';
}

/** Every step of the outage has ended, the way back out of it included; what was only prepared is undone beside it. */
export function outageIsOver(run: Run): boolean {
  if (run.outageBegun === undefined || run.turning !== undefined) return false;
  return Object.values(run.steps).every(step => !isOutageNode(step.node) || isOver(step));
}

/** When the last step of the outage ended, ms. */
export function outageEndedAt(run: Run): number | undefined {
  if (!outageIsOver(run)) return undefined;
  const ends = Object.values(run.steps)
    .filter(step => isOutageNode(step.node))
    .map(step => step.endedAt ?? 0);
  return Math.max(outageSince(run) ?? 0, ...ends);
}

function isOver(step: StepState): boolean {
  return step.status === 'done' || step.status === 'skipped' || step.status === 'dropped';
}

/** The live message: numbers and ticks, edited in place. */
export function liveCard(run: Run, drawing: Drawing, progress: Readonly<Record<string, string>>, now: number): Card {
  const phase = phaseOf(run);
  const field = { run: run.id, kind: 'live' as const };
  const base = { people: [], notify: false, field };
  const targets = targetBlock(run, progress, drawing, now);
  if (run.ended !== undefined) return { ...base, where: 'room', text: `${run.id} has ended: ${endWords(run)}.` };
  if (phase === 'outage') {
    const so = sayDuration(now - (outageSince(run) ?? now));
    const left = sayDuration(outageLeft(run, drawing.outlook, now));
    return cardOf(
      {
        title: `OUTAGE ${run.id}, ${so} so far, about ${left} to go. As of ${sayTime(now, now)}.`,
        blocks: [
          serviceBlock(serviceStates(run, drawing.outlook, now), now),
          targets,
          lines(
            `${whoMustAct(run, drawing, now)} ${run.paused === undefined ? `Stop before the next steps: !pause ${run.id}` : `Go on: !resume ${run.id}`}`,
          ),
        ],
      },
      { ...base, where: 'room' },
    );
  }
  const head = {
    prepare: `Preparing ${run.id}, no outage, about ${sayDuration(remaining(run, ['prepare'], drawing.outlook, now))} to go.`,
    settle: `${run.id}: the outage is over, ${settleWords(run, drawing, now)}.`,
    retire: `Retirement ${run.id}.`,
  }[phase];
  return cardOf(
    {
      title: `${head} As of ${sayTime(now, now)}.`,
      blocks: [targets, lines(whoMustAct(run, drawing, now))],
    },
    { ...base, where: 'thread' },
  );
}

/** "both instances are kept as they are until 00:44 UTC (in 4 h): !rollback dev-12 until then, !settle dev-12 ends that". */
function settleWords(run: Run, drawing: Drawing, now: number): string {
  const until = windowUntil(run, now);
  if (until === undefined) return 'settling';
  const goes = whyNot(run, { say: 'rollback' }, drawing.procedure, now) === undefined;
  const back = goes ? `!rollback ${run.id} until then, ` : '';
  return `both instances are kept as they are until ${sayTime(until, now)} (${sayFromNow(until, now)}): ${back}!settle ${run.id} ends that`;
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
  if (outcome === 'done' && run.what === 'return') return 'gone back to the old instances';
  return { done: 'done', cancelled: 'cancelled, what was prepared is undone', 'rolled-back': 'rolled back' }[outcome];
}

/** A way back was taken when the outage was over: it is an outage anew, and the room's line. */
export function outageAgainCard(run: Run, targets: readonly string[], drawing: Drawing, at: number): Card {
  const left = outageLeft(run, drawing.outlook, at);
  return cardOf(
    {
      title: `OUTAGE begins again: ${run.id}, ${both(targets)} ${targets.length === 1 ? 'goes' : 'go'} back. About ${sayDuration(left)}, until about ${sayTime(at + left, at)}.`,
      blocks: [serviceBlock(serviceStates(run, drawing.outlook, at), at)],
    },
    { people: [], notify: false, where: 'room', field: { run: run.id, kind: 'notice' } },
  );
}

/** The outage is over. */
export function overCard(run: Run, drawing: Drawing, at: number): Card {
  const took = sayDuration((outageEndedAt(run) ?? at) - (outageSince(run) ?? at));
  const turned = run.targets.filter(target => run.turned[target.name] !== undefined).map(target => target.name);
  const upgraded = run.targets.filter(target => run.turned[target.name] === undefined).map(target => target.name);
  const were = serviceStates(run, drawing.outlook, at).filter(state => state.upSince !== undefined);
  const served = were.length === 0 ? '' : `: ${both(were.map(state => state.service))} up`;
  const { check } = drawing.procedure.wayBack ?? {};
  const looked = lookedAt(run, upgraded, check?.as);
  const went = lookedAt(run, turned, check?.step);
  const what =
    turned.length === 0
      ? `${looked.checked.length === 0 ? `${both(upgraded)} ${arrived(run)}` : `${both(looked.checked)} ${run.what === 'return' ? `${arrived(run)}, ` : ''}checked`}${served}.`
      : `${backOnOld(run, turned, went.checked)}${upgraded.length === 0 ? '' : `; ${both(upgraded)} ${arrived(run)}`}.`;
  const unseen = [...looked.not, ...went.not];
  const not = unseen.length === 0 ? '' : ` NOT checked: ${unseen.join(', ')}.`;
  const next = upgraded.length === 0 ? '' : `\n${backWords(run, upgraded, drawing, at)}`;
  return {
    text: `Over: ${run.id}, after ${took}. ${what}${not}${next}`,
    people: [],
    notify: false,
    where: 'room',
    field: { run: run.id, kind: 'end' },
  };
}

function arrived({ what }: Run): string {
  return what === 'return' ? 'back on the old instance' : 'upgraded';
}

/** "a and b are back on the old instance; checked there: a". A return turns back to the new one. */
function backOnOld({ what }: Run, turned: readonly string[], checked: readonly string[]): string {
  const one = what === 'return' ? 'new' : 'old';
  const is = `${both(turned)} ${turned.length === 1 ? 'is' : 'are'} back on the ${one} instance`;
  if (checked.length === 0) return is;
  return checked.length === turned.length ? `${is}, checked there` : `${is}; checked there: ${both(checked)}`;
}

/**
 * Which targets Ferry itself looked at in the end, and of each other one why not: "c (left out by carol because “…”)".
 *
 * @param step that checks a target; undefined: the procedure names none.
 */
function lookedAt(run: Run, names: readonly string[], step: string | undefined) {
  const steps = names.flatMap(name => run.steps[`${name}/${step}`] ?? []);
  const isChecked = (one: StepState) => one.status === 'done' && one.altered === undefined;
  const why = ({ altered }: StepState) =>
    altered === undefined ? '' : ` (${altered.how} by ${altered.person}${becauseOf(altered.because)})`;
  return {
    checked: steps.filter(isChecked).map(one => one.node.target),
    not: steps.filter(one => !isChecked(one)).map(one => `${one.node.target}${why(one)}`),
  };
}

/** What going back means once the outage is over, and until when. */
function backWords(run: Run, targets: readonly string[], drawing: Drawing, at: number): string {
  const until = windowUntil(run, at);
  const kept =
    until === undefined
      ? ''
      : `Both instances are kept as they are until ${sayTime(until, at)} (${sayFromNow(until, at)})`;
  const ends = until === undefined ? '' : ` !settle ${run.id} ends that time.`;
  const back = safeWayBack(run, targets, drawing, at);
  if (back === undefined) return kept === '' ? '' : `${kept}.${ends}`;
  const lost = back.impossible.length;
  if (lost > 0) {
    const no = `No whole way back any more: ${lost} change${lost === 1 ? '' : 's'} can't be undone, !rollback ${run.id} preview names ${lost === 1 ? 'it' : 'them'}.`;
    return kept === '' ? no : `${kept}. ${no}${ends}`;
  }
  const how = `!rollback ${run.id}, about ${sayDuration(back.time)}, ${back.loses}.`;
  return kept === '' ? `Going back while it settles: ${how}` : `${kept}: until then ${how}${ends}`;
}

/** How long announcements may take, ms, before the run's last line mentions them. */
const tellingTakes = 60_000;

/** The run's last line in the room. */
export function endCard(run: Run, drawing: Drawing, at: number): Card {
  const owed = Object.values(run.owed).filter(
    item => item.told === undefined && at - item.owedAt > tellingTakes,
  ).length;
  const rest =
    owed === 0 ? '' : ` ${owed} announcement${owed === 1 ? ' is' : 's are'} still to be told: !announce ${run.id}`;
  return {
    text: [`${run.id} has ended: ${endWords(run)}.${rest}`, ...leftLines(run, drawing)].join('\n'),
    people: [run.asker],
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'end' },
  };
}
