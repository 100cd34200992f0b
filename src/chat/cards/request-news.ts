import type { EntryOf } from '#core/entries.ts';
import type { RequestState, Run } from '#core/run.ts';
import { type Card, calling, type Drawing, either } from '../cards.ts';
import { environmentOf } from '../chat-estate.ts';
import { split } from '../fitting.ts';
import { plainLine, sentence } from '../harmless.ts';
import { sayDuration, sayTime } from '../say-time.ts';
import { stepsInOrder } from './plan.ts';
import { called } from './request.ts';
import { answerTo, note } from './start.ts';
import { driverOf, gateNames, waitsFor, whoMayApprove } from './waiting.ts';

function state(run: Run, person: string, text: string, is: NonNullable<Card['field']['state']>): Card {
  return { ...answerTo(run, person, text), field: { run: run.id, kind: 'request', state: is } };
}

/** Somebody approved all of a request. */
export function approvedCard(run: Run, request: RequestState, person: string, drawing: Drawing, at: number): Card {
  const driver = driverOf(run);
  const prepared = stepsInOrder(run).filter(step => step.node.phase === 'prepare');
  const done = prepared.filter(step => step.status !== 'waiting' && step.status !== 'running').length;
  const waits = waitsFor(run, drawing, at);
  const next = waits.some(one => one.can === `!start ${run.id}`)
    ? `When you are there: !start ${run.id}`
    : waits.map(one => `Still waits for ${one.says}.`).join('\n');
  const progress = prepared.length === 0 ? '' : ` Prepared: ${done} of ${prepared.length}.`;
  const text = `${calling([driver])}${person} approved ${gateNames(request.gates)} of ${run.id} at ${sayTime(at, at)}.${progress}`;
  return state(run, driver, next === '' ? text : `${text}\n${next}`, 'approved');
}

export function rejectedCard(run: Run, request: RequestState, person: string): Card {
  return state(
    run,
    run.asker,
    `${calling([run.asker])}${person} rejected ${gateNames(request.gates)} of ${run.id}. That is final for this request, not for the run: what was prepared stays. !ask ${run.id} asks anew, !cancel ${run.id} because … undoes what was prepared.`,
    'rejected',
  );
}

export function expiredCard(run: Run, request: RequestState): Card {
  return state(
    run,
    run.asker,
    `${calling([run.asker])}Nobody's approval of ${gateNames(request.gates)} of ${run.id} counts any more: the request has expired. !ask ${run.id} asks anew.`,
    'expired',
  );
}

export function voidedCard(run: Run, request: RequestState, why: EntryOf<'voided'>['why']): Card[] {
  const reasons = {
    drift: 'the plan or the world changed since it was asked. It is asked anew with the difference',
    deleted: `its message was deleted. !ask ${run.id} asks anew`,
    restored: `the store was restored. !ask ${run.id} asks anew`,
    'asked-anew': 'it is asked anew',
  } as const;
  const head = `${calling([run.asker])}The request for ${gateNames(request.gates)} of ${run.id} is void: ${reasons[why]}.`;
  const parts = split([head, ...request.difference.map(line => `  ${line}`)], 24_000);
  return parts.map(part => state(run, run.asker, part.join('\n'), 'void'));
}

export function withdrawnCard(run: Run, request: RequestState, entry: EntryOf<'withdrawn'>, drawing: Drawing): Card {
  const driver = driverOf(run);
  const may = either(whoMayApprove(run, request, drawing));
  const effect =
    run.outageBegun === undefined
      ? `It needs an approval again: ${may}.`
      : `The running step ends; the next one behind ${gateNames(request.gates)} waits until ${may} approves.`;
  return answerTo(
    run,
    driver,
    `${calling([driver])}${entry.person} took back the approval of ${gateNames(request.gates)} of ${run.id} (${plainLine(entry.saw)}). ${effect}`,
  );
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
      text: `${calling(people)}${run.id} has waited ${sayDuration(at - request.at)} for an approval of ${gateNames(request.gates)}: ${either(may)}, with ${drawing.estate.approve} on the request in the room.`,
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
    text: `${calling(people)}${run.id} is halted${since} at ${key}: ${sentence(step?.halt?.sentence ?? '')} Who takes it: !take ${step?.node.target ?? ''} or 👀 on the halt.`,
  };
}

function keptCard(run: Run, names: readonly string[], at: number): Card {
  const kept = run.targets.filter(target => names.includes(target.name));
  const people = [...new Set(kept.map(target => target.driver))];
  const one = kept.length === 1;
  return {
    ...note(run, ''),
    people,
    notify: true,
    text: `${calling(people)}${run.id} ended ${sayDuration(at - (run.ended?.at ?? at))} ago, and the old ${one ? 'instance' : 'instances'} of ${names.join(', ')} ${one ? 'is' : 'are'} still kept. When nobody needs to go back: !retire ${names.join(' ')}`,
  };
}
