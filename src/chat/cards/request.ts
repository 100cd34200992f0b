import { gatesOf, stepsBehind } from '#core/gates.ts';
import type { Gate, Node } from '#core/graph.ts';
import { isOver, type RequestState, type Run } from '#core/run.ts';
import { both, type Card, calling, type Drawing, either } from '../cards.ts';
import { environmentOf } from '../chat-estate.ts';
import { maxText, split } from '../fitting.ts';
import { type Service, serviceStates } from '../outlook.ts';
import { sayDate, sayDuration, sayFromNow } from '../say-time.ts';
import { byHandLines } from './by-hand-request.ts';
import { askedAgainLine, leftOutLines, savedLines } from './left-out.ts';
import { lossLines } from './losses.ts';
import { lostLines } from './lost-by-return.ts';
import { noReturnLines } from './no-return.ts';
import { backLines, changeLines } from './request-lines.ts';
import { skipLines } from './skip-request.ts';
import { askedWords, whoMayApprove } from './waiting.ts';

const outageGates: readonly Gate[] = ['outage', 'storage', 'address', 'database'];

/**
 * A request and the messages that stand before it: every change whole. Where all of it doesn't fit one message, the changes
 * go before the request, split between lines, never cut.
 */
export function requestCards(
  run: Run,
  request: RequestState,
  drawing: Drawing,
  now: number,
): { readonly before: readonly Card[]; readonly card: Card } {
  const lines = linesOf(run, request, drawing, now);
  const whole = textOf(run, request, drawing, now, lines);
  if (Buffer.byteLength(whole) <= maxText) return { before: [], card: cardOf(run, request, drawing, whole) };
  const parts = split(lines, maxText - 200);
  const before = parts.map(
    (part, index): Card => ({
      text: [`What ${run.id} asks for next, part ${index + 1} of ${parts.length}:`, ...part].join('\n'),
      people: [],
      notify: false,
      where: 'room',
      field: { run: run.id, kind: 'notice' },
    }),
  );
  const short = textOf(run, request, drawing, now, [
    `  every change and the way back stand in the ${parts.length} messages just above; they are part of this request`,
  ]);
  return { before, card: cardOf(run, request, drawing, short) };
}

/** All that an answer is about: one step, or every change behind the gates and how it goes back. */
function linesOf(run: Run, request: RequestState, drawing: Drawing, now: number): string[] {
  if (request.skip !== undefined) return skipLines(run, request.skip, drawing, now);
  if (request.byHand !== undefined) return byHandLines(run, request.byHand);
  return [
    ...differenceLines(run, request),
    ...(gatesOf(request).includes('undo') ? lossLines(run, goingBack(run), drawing, now) : []),
    ...savedLines(run, request),
    ...changeLines(run, request),
    ...backLines(run, request, drawing),
  ];
}

/** What is still to come of the way back that is asked for. */
function goingBack(run: Run): Node[] {
  return stepsBehind(run, 'undo')
    .filter(step => !isOver(step))
    .map(step => step.node);
}

function cardOf(run: Run, request: RequestState, drawing: Drawing, text: string): Card {
  return {
    text,
    people: called(run, request, drawing),
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'request', state: 'open' },
  };
}

/** Whom a request calls first: those of `mention` who may answer it, otherwise all who may. */
export function called(run: Run, request: Pick<RequestState, 'askers'>, drawing: Drawing): string[] {
  const may = whoMayApprove(run, request, drawing);
  const first = environmentOf(drawing.estate, run.environment).mention.filter(person => may.includes(person));
  return first.length > 0 ? first : may;
}

function textOf(run: Run, request: RequestState, drawing: Drawing, now: number, lines: readonly string[]): string {
  const { approve, reject } = drawing.estate;
  const gates = gatesOf(request);
  const count = ['', '', ' One answer for both.', ' One answer for all three.'][gates.length] ?? ' One answer for all.';
  const may = whoMayApprove(run, request, drawing);
  const again = askedAgainLine(run, request);
  const begun = gates.some(gate => outageGates.includes(gate)) ? 'until the outage begins, at most ' : '';
  return [
    `${calling(called(run, request, drawing))}Approval wanted for ${run.id}: ${askedWords(request)}.${count}`,
    ...(gates.length > 0 ? leftOutLines(run, request) : []),
    ...(again === undefined ? [] : [again]),
    ...(gates.length > 0 ? [`Users of ${run.environment} notice: ${noticed(run, gates, drawing, now)}`] : []),
    ...(gates.some(gate => outageGates.includes(gate)) ? lostLines(run, drawing) : []),
    ...lines,
    ...(request.skip === undefined && !gates.includes('undo') ? noReturnLines(run, drawing, now) : []),
    `${both([...new Set([run.asker, ...request.askers])])} asked, so not ${either([...new Set([run.asker, ...request.askers])])}: ${either(may)}. Good ${begun}until ${sayDate(request.expiresAt)} (${sayFromNow(request.expiresAt, now)}).`,
    `Approve with ${approve}, reject with ${reject}, both below.`,
  ].join('\n');
}

/** What differs from the request before, where drift made that one void. */
function differenceLines(run: Run, request: RequestState): string[] {
  const index = run.requests.indexOf(request);
  const before = run.requests
    .slice(0, index === -1 ? undefined : index)
    .findLast(other => other.gates.some(one => request.gates.some(mine => mine.gate === one.gate)));
  if (before === undefined || before.difference.length === 0) return [];
  return ['What differs:', ...before.difference.map(line => `  ${line}`)];
}

/** What users miss while a service is away. */
const missed: Readonly<Record<Service, string>> = {
  'web and API': 'web and API are away',
  builds: 'builds stop',
  repositories: 'repositories give errors',
};

/** "builds stop for about 14 min, repositories give errors for about 6 min." */
export function noticed(run: Run, gates: readonly Gate[], drawing: Drawing, now: number): string {
  if (!gates.some(gate => outageGates.includes(gate))) {
    return gates.includes('undo') ? 'what the outage lasts longer.' : 'nothing.';
  }
  const states = serviceStates(run, drawing.outlook, now).filter(state => state.length > 0);
  if (states.length === 0) return 'nothing that Ferry knows of.';
  return `${states.map(state => `${missed[state.service]} for about ${sayDuration(state.length)}`).join(', ')}.`;
}
