import type { Entry, EntryOf } from '#core/entries.ts';
import { wholeRun } from '#core/graph.ts';
import type { RequestState, Run } from '#core/run.ts';
import { whyNot } from '#engine/why-not.ts';
import { both, type Card, calling, type Drawing, either } from '../cards.ts';
import { environmentOf } from '../chat-estate.ts';
import { split } from '../fitting.ts';
import { plainLine, sentence } from '../harmless.ts';
import { sayDuration, sayTime } from '../say-time.ts';
import { stepsInOrder } from './plan.ts';
import { called } from './request.ts';
import { commandOn, skipCommand } from './skip-request.ts';
import { answerTo, note } from './start.ts';
import { askedWords, driverOf, waitsFor, whoMayApprove } from './waiting.ts';

function state(run: Run, person: string, text: string, is: NonNullable<Card['field']['state']>): Card {
  return { ...answerTo(run, person, text), field: { run: run.id, kind: 'request', state: is } };
}

/** What became of a request, as the first line of it: "APPROVED by bob, 16:12 UTC." Undefined while it is open. */
export function stateWords(run: Run, request: string, entry: Entry): string | undefined {
  const asked = run.requests.find(one => one.request === request);
  const at = sayTime(entry.at, entry.at);
  switch (asked?.status) {
    case 'approved':
      return `APPROVED by ${both([...new Set(asked.approvals.map(one => one.person))])}, ${at}.`;
    case 'rejected':
      return `REJECTED${entry.type === 'rejected' ? ` by ${entry.person}` : ''}, ${at}.`;
    case 'expired':
      return `EXPIRED unanswered, ${at}.`;
    case 'void':
      return `VOID since ${at}: ${entry.type === 'voided' ? voidWords[entry.why] : 'the plan was altered'}.`;
    default:
      return undefined;
  }
}

/** Why a request is void, in few words. */
const voidWords: Readonly<Record<EntryOf<'voided'>['why'], string>> = {
  drift: 'the plan or the world changed since it was asked',
  deleted: 'its message was deleted',
  restored: 'the store was restored',
  'asked-anew': 'it is asked anew',
  unseen: 'an answer to it may have been missed',
  estate: "the estate's file was altered since it was asked",
  moot: 'the step went another way',
};

/** Who waits for the answer to a request: whoever said `!skip` or `!done`, or else the run's asker. */
function waiter(run: Run, request: RequestState): string {
  return request.skip?.person ?? request.byHand?.person ?? run.asker;
}

/** It asks about a single step, and not for gates. */
function isOfOneStep({ skip, byHand }: RequestState): boolean {
  return skip !== undefined || byHand !== undefined;
}

/** How it is asked for anew. */
function anew(run: Run, request: RequestState): string {
  if (request.byHand !== undefined) return `${commandOn('done', run, request.byHand.step)} asks anew`;
  return `${request.skip === undefined ? `!ask ${run.id}` : skipCommand(run, request.skip)} asks anew`;
}

/** Somebody approved all of a request. */
export function approvedCard(run: Run, request: RequestState, person: string, drawing: Drawing, at: number): Card {
  const approved = `${person} approved ${askedWords(request)} of ${run.id} at ${sayTime(at, at)}.`;
  const waits = waiter(run, request);
  if (isOfOneStep(request)) return state(run, waits, `${calling([waits])}${approved}`, 'approved');
  const driver = driverOf(run);
  const prepared = stepsInOrder(run).filter(step => step.node.phase === 'prepare');
  const done = prepared.filter(step => step.status !== 'waiting' && step.status !== 'running').length;
  const left = waitsFor(run, drawing, at);
  const next = left.some(one => one.can === `!start ${run.id}`)
    ? `When you are there: !start ${run.id}`
    : left.map(one => `Still waits for ${one.says}.`).join('\n');
  const progress = prepared.length === 0 ? '' : ` Prepared: ${done} of ${prepared.length}.`;
  const text = `${calling([driver])}${approved}${progress}`;
  return state(run, driver, next === '' ? text : `${text}\n${next}`, 'approved');
}

export function rejectedCard(
  run: Run,
  request: RequestState,
  person: string,
  { procedure }: Drawing,
  at: number,
): Card {
  const cancels = whyNot(run, { say: 'cancel' }, procedure, at) === undefined;
  const undoes = cancels ? `, !cancel ${run.id} because … undoes what was prepared` : '';
  const waits = waiter(run, request);
  const rest =
    request.byHand !== undefined
      ? `and the step halts again. ${anew(run, request)}.`
      : request.skip === undefined
        ? `not for the run: what was prepared stays. ${anew(run, request)}${undoes}.`
        : `and it is not left out. ${anew(run, request)}.`;
  return state(
    run,
    waits,
    `${calling([waits])}${person} rejected ${askedWords(request)} of ${run.id}. That is final for this request, ${rest}`,
    'rejected',
  );
}

export function expiredCard(run: Run, request: RequestState): Card {
  const waits = waiter(run, request);
  return state(
    run,
    waits,
    `${calling([waits])}Nobody's approval of ${askedWords(request)} of ${run.id} counts any more: the request has expired. ${anew(run, request)}.`,
    'expired',
  );
}

export function voidedCard(run: Run, request: RequestState, why: EntryOf<'voided'>['why']): Card[] {
  const reasons = {
    drift: `${voidWords.drift}. It is asked anew with the difference`,
    deleted: `${voidWords.deleted}. ${anew(run, request)}`,
    restored: `${voidWords.restored}. ${anew(run, request)}`,
    'asked-anew': 'it is asked anew',
    unseen: `I was out of the room, or people work in another one now: an answer may be missed. ${isOfOneStep(request) ? anew(run, request) : 'It is asked anew'}`,
    estate: `${voidWords.estate}. ${request.skip === undefined ? 'It is asked anew' : anew(run, request)}`,
    moot: 'the step went another way meanwhile, so nothing follows from it',
  } as const;
  const waits = waiter(run, request);
  const head = `${calling([waits])}The request for ${askedWords(request)} of ${run.id} is void: ${reasons[why]}.`;
  const parts = split([head, ...request.difference.map(line => `  ${line}`)], 24_000);
  return parts.map(part => state(run, waits, part.join('\n'), 'void'));
}

export function withdrawnCard(run: Run, request: RequestState, entry: EntryOf<'withdrawn'>, drawing: Drawing): Card {
  const waits = isOfOneStep(request) ? waiter(run, request) : driverOf(run);
  return answerTo(
    run,
    waits,
    `${calling([waits])}${entry.person} took back the approval of ${askedWords(request)} of ${run.id} (${plainLine(entry.saw)}). ${withoutIt(run, request, drawing)}`,
  );
}

function withoutIt(run: Run, request: RequestState, drawing: Drawing): string {
  const may = either(whoMayApprove(run, request, drawing));
  if (isOfOneStep(request) || run.outageBegun === undefined) return `It needs an approval again: ${may}.`;
  return `The running step ends; the next one behind ${askedWords(request)} waits until ${may} approves.`;
}

/** A reaction that doesn't count: told once to the account that made it. */
export function notCountedCard(run: Run, entry: EntryOf<'not-counted'>, person: string | undefined): Card {
  return {
    text: `${person ?? plainLine(entry.account)}: ${sentence(entry.why)}`,
    people: [],
    accounts: [entry.account],
    notify: true,
    where: 'thread',
    field: { run: run.id, kind: 'refusal' },
  };
}

/** A request or a halt that nobody answered: first whom it concerns, then on-call. Old instances that are kept: their driver. */
export function remindedCard(run: Run, entry: EntryOf<'reminded'>, drawing: Drawing, at: number): Card {
  if (entry.about === 'retire') return keptCard(run, entry.targets ?? [], at);
  const { page } = environmentOf(drawing.estate, run.environment);
  const request = run.requests.find(one => one.request === entry.about);
  if (request !== undefined) {
    const may = whoMayApprove(run, request, drawing);
    const first = called(run, request, drawing);
    const others = may.filter(person => !first.includes(person));
    const onCall = page.filter(person => may.includes(person));
    const people = entry.nth === 1 ? [...first, ...others] : onCall.length > 0 ? onCall : page;
    return {
      ...answerTo(run, '', ''),
      people,
      text: `${calling(people)}${run.id} has waited ${sayDuration(at - request.at)} for an approval of ${askedWords(request)}: ${either(may)}, with ${drawing.estate.approve} on the request in the room.`,
    };
  }
  const key = entry.about.split('#', 1)[0] ?? '';
  const step = run.steps[key];
  const driver = run.targets.find(target => target.name === step?.node.target)?.driver ?? driverOf(run);
  const people = entry.nth === 1 ? [driver] : page;
  const since = step?.halt === undefined ? '' : ` since ${sayTime(step.halt.at, at)}`;
  return {
    ...note(run, ''),
    people,
    notify: true,
    text: `${calling(people)}${run.id} is halted${since} at ${key}: ${sentence(step?.halt?.sentence ?? '')} Who takes it: !take ${step === undefined || step.node.target === wholeRun ? run.id : step.node.target} or 👀 on the halt.`,
  };
}

function keptCard(run: Run, names: readonly string[], at: number): Card {
  const kept = run.targets.filter(target => names.includes(target.name));
  const people = [...new Set(kept.map(target => target.driver))];
  const named = (turned: boolean) => names.filter(name => (run.turned[name] !== undefined) === turned).sort();
  const instances = (which: string, of: readonly string[]) =>
    of.length === 0 ? [] : [`the ${which} ${of.length === 1 ? 'instance' : 'instances'} of ${of.join(', ')}`];
  const what = [...instances('old', named(false)), ...instances('turned-back new', named(true))];
  return {
    ...note(run, ''),
    people,
    notify: true,
    text: `${calling(people)}${run.id} ended ${sayDuration(at - (run.ended?.at ?? at))} ago, and ${both(what)} ${kept.length === 1 ? 'is' : 'are'} still kept. When nobody needs to go back: !retire ${names.join(' ')}`,
  };
}
