import { gatesOf, isOfOutage, stepsBehind } from '#core/gates.ts';
import type { Gate, Node } from '#core/graph.ts';
import { isOver, type RequestState, type Run } from '#core/run.ts';
import type { Block, Field } from '#ports/message-body.ts';
import { callingSpans, columnsOf, details, field, fields, lines, list, section } from '../body/blocks.ts';
import { plainBlock } from '../body/plain-text.ts';
import { withIds } from '../body/with-ids.ts';
import { both, type Card, cardOf, type Drawing, either } from '../cards.ts';
import { environmentOf, targetsOf } from '../chat-estate.ts';
import { maxText, split } from '../fitting.ts';
import { harmless } from '../harmless.ts';
import { serviceStates } from '../outlook.ts';
import { sayDate, sayDuration, sayFromNow } from '../say-time.ts';
import { byHandLines } from './by-hand-request.ts';
import { alteredLines, askedAgainWords, savedBlocks } from './left-out.ts';
import { lossLines } from './losses.ts';
import { lostWords } from './lost-by-return.ts';
import { noReturnLines, noReturnWords } from './no-return.ts';
import { comparedWords, countWords, type EarlierRun } from './request-counts.ts';
import { backBlocks, backWords, changeBlocks } from './request-lines.ts';
import { gateRows, outageRows } from './request-order.ts';
import { skipLines } from './skip-request.ts';
import { targetList, whatWords } from './start.ts';
import { askedWords, whoMayApprove } from './waiting.ts';

const outageGates: readonly Gate[] = ['outage', 'storage', 'address', 'database'];

/**
 * A request and the messages that stand before it: what it is about in one screen, then every change whole, folded where the
 * network folds. Where all of it doesn't fit one message, the changes go before the request, split between lines, never cut.
 *
 * @param earlier the last run of the same roles.
 */
export function requestCards(
  run: Run,
  request: RequestState,
  drawing: Drawing,
  now: number,
  earlier?: EarlierRun,
): { readonly before: readonly Card[]; readonly card: Card } {
  const head = headOf(run, request, drawing, now, earlier);
  const rest = detailsOf(run, request, drawing, now);
  const answers = lines(...answerLines(run, request, drawing, now));
  const whole = cardWith(run, request, drawing, [...head, ...rest, answers]);
  if (Buffer.byteLength(whole.text) <= maxText) return { before: [], card: whole };
  const parts = split(rest.flatMap(plainBlock), maxText - 200);
  const before = parts.map(
    (part, index): Card => ({
      text: [`What ${run.id} asks for next, part ${index + 1} of ${parts.length}:`, ...part].join('\n'),
      people: [],
      notify: false,
      where: 'room',
      field: { run: run.id, kind: 'notice' },
    }),
  );
  const where = `Every change and the way back stand in the ${parts.length} messages just above; they are part of this request.`;
  return { before, card: cardWith(run, request, drawing, [...head, lines(where), answers]) };
}

/** What is judged by: at most one screen of a phone. */
function headOf(
  run: Run,
  request: RequestState,
  drawing: Drawing,
  now: number,
  earlier: EarlierRun | undefined,
): Block[] {
  const gates = gatesOf(request);
  const why = askedAgainWords(run, request);
  const again = why === undefined ? [] : [field('Asked again', why)];
  if (request.skip !== undefined) return [fields(...again), lines(...skipLines(run, request.skip, drawing, now))];
  if (request.byHand !== undefined) return [fields(...again), lines(...byHandLines(run, request.byHand))];
  const outage = gates.some(gate => outageGates.includes(gate));
  const behind = outage ? Object.values(run.steps).filter(isOfOutage) : gates.flatMap(gate => stepsBehind(run, gate));
  const rows = outage ? outageRows(run, drawing, now) : gateRows(behind, drawing);
  const compared = comparedWords(run, earlier);
  const lost = lostWords(run, drawing);
  return [
    ...leftOut(run, request),
    fields(
      field('What', whatFor(run, drawing)),
      ...again,
      field('Users', noticed(run, gates, drawing, now)),
      ...(gates.includes('undo') ? [] : wayBackFields(run, request, drawing, now)),
      ...(outage && lost !== undefined ? [field('Lost by going back', lost)] : []),
      ...(outage ? [field('Safeguards', safeguardWords(run, drawing))] : []),
    ),
    ...(gates.includes('undo') ? [lines(...lossLines(run, goingBack(run), drawing, now))] : []),
    section('In order', columnsOf(rows)),
    fields(
      field(
        'Counts',
        countWords(
          behind.filter(step => !isOver(step)),
          drawing,
        ),
      ),
      ...(compared === undefined ? [] : [field('Against the last', compared)]),
    ),
  ];
}

/** Every change with whole ids, and how it goes back: what the approval binds. */
function detailsOf(run: Run, request: RequestState, drawing: Drawing, now: number): Block[] {
  if (request.skip !== undefined || request.byHand !== undefined) return [];
  const gates = gatesOf(request);
  const changes = gates.flatMap(gate => stepsBehind(run, gate)).flatMap(step => step.plan ?? []).length;
  const differences = differenceLines(run, request);
  const back = [
    ...backBlocks(run, request, drawing),
    ...noReturnLines(run, drawing, now).map(line => lines(withIds(line))),
  ];
  const folded = (title: string, blocks: readonly Block[]) => (blocks.length === 0 ? [] : [details(title, ...blocks)]);
  return [
    ...folded('What differs from the request before', differences.length === 0 ? [] : [list(differences.map(withIds))]),
    ...folded('What is kept', savedBlocks(run, request)),
    ...folded(`Every change with its ids (${changes})`, changeBlocks(run, request)),
    ...folded('The way back', gates.includes('undo') ? [] : back),
  ];
}

/** "copr-be-dev (backend), Fedora 41 to 43. alice: “…”"; what a whole environment has needs no list. */
function whatFor(run: Run, drawing: Drawing): string {
  const all = targetsOf(drawing.estate, run.environment).every(name => run.targets.some(one => one.name === name));
  const what = all && run.targets.length > 1 ? `all of ${run.environment}` : targetList(run);
  return `${what}, ${whatWords(run, drawing)}. ${run.because === null ? `Asked by ${run.asker}` : `${run.asker}: “${harmless(run.because)}”`}`;
}

/** What was altered stands before all else. */
function leftOut(run: Run, request: RequestState): Block[] {
  const altered = alteredLines(run, request);
  return altered.length === 0 ? [] : [section('NOT as planned', list(altered))];
}

/** What there is to go back to, and that nothing of it is left out. */
function safeguardWords(run: Run, { outlook }: Drawing): string {
  const known = outlook.safeguards?.(run) ?? [];
  const none = Object.values(run.steps).every(step => step.altered === undefined);
  const words = known.length === 0 ? 'none that is known' : known.join(', ');
  return none ? `${words}; none left out` : words;
}

/** How long back, what it loses, until when; from where on only by another way. */
function wayBackFields(run: Run, request: RequestState, drawing: Drawing, now: number): Field[] {
  return [
    field('Way back', backWords(run, request, drawing)),
    ...noReturnWords(run, drawing, now).map(({ after, left }) => field(after, left)),
  ];
}

function answerLines(run: Run, request: RequestState, drawing: Drawing, now: number): string[] {
  const { approve, reject } = drawing.estate;
  const gates = gatesOf(request);
  const count = ['', '', ' both', ' all three'][gates.length] ?? ' all';
  const askers = [...new Set([run.asker, ...request.askers])];
  const begun = gates.some(gate => outageGates.includes(gate)) ? 'until the outage begins, at most ' : '';
  return [
    `${approve} approves${count}, ${reject} rejects: ${either(whoMayApprove(run, request, drawing))}; not ${either(askers)}, who asked.`,
    `Good ${begun}until ${sayDate(request.expiresAt)} (${sayFromNow(request.expiresAt, now)}).`,
  ];
}

/** What is still to come of the way back that is asked for. */
function goingBack(run: Run): Node[] {
  return stepsBehind(run, 'undo')
    .filter(step => !isOver(step))
    .map(step => step.node);
}

function cardWith(run: Run, request: RequestState, drawing: Drawing, blocks: readonly Block[]): Card {
  const people = called(run, request, drawing);
  const of = gatesOf(request).length === 0 ? ', ' : ' of ';
  const title = [...callingSpans(people), `Approve ${askedWords(request)}${of}${run.id}?`];
  return cardOf(
    { title, blocks },
    { people, notify: true, where: 'room', field: { run: run.id, kind: 'request', state: 'open' } },
  );
}

/** Whom a request calls first: those of `mention` who may answer it, otherwise all who may. */
export function called(run: Run, request: Pick<RequestState, 'askers'>, drawing: Drawing): string[] {
  const may = whoMayApprove(run, request, drawing);
  const first = environmentOf(drawing.estate, run.environment).mention.filter(person => may.includes(person));
  return first.length > 0 ? first : may;
}

/** What differs from the request before, where drift made that one void. */
function differenceLines(run: Run, request: RequestState): string[] {
  const index = run.requests.indexOf(request);
  const before = run.requests
    .slice(0, index === -1 ? undefined : index)
    .findLast(other => other.gates.some(one => request.gates.some(mine => mine.gate === one.gate)));
  if (before === undefined || before.difference.length === 0) return [];
  return [...before.difference];
}

/** "web and API down about 14 min, builds 14 min; repositories stay up". */
export function noticed(run: Run, gates: readonly Gate[], drawing: Drawing, now: number): string {
  if (!gates.some(gate => outageGates.includes(gate))) {
    return gates.includes('undo') ? 'what the outage lasts longer' : 'nothing';
  }
  const states = serviceStates(run, drawing.outlook, now);
  const down = states.filter(state => state.length > 0);
  const up = states.filter(state => state.length === 0).map(state => state.service);
  if (down.length === 0) return 'nothing that Ferry knows of';
  const times = down.map(({ service, length }, index) => {
    return `${service}${index === 0 ? ' down about' : ''} ${sayDuration(length)}`;
  });
  return `${times.join(', ')}${up.length === 0 ? '' : `; ${both(up)} stay up`}`;
}
