import type { Entry } from '#core/entries.ts';
import { advance, fold } from '#core/fold.ts';
import type { RequestState, RequestStatus, Run } from '#core/run.ts';
import { wantsWindow } from '#core/settle-window.ts';
import { evidenceCard, haltCard } from './cards/halt.ts';
import { endCard, outageAgainCard, outageBeginsCard, outageIsOver, overCard } from './cards/outage.ts';
import { byHandFile } from './cards/plan.ts';
import { requestCards } from './cards/request.ts';
import type { EarlierRun } from './cards/request-counts.ts';
import {
  approvedCard,
  expiredCard,
  notCountedCard,
  rejectedCard,
  remindedCard,
  stateWords,
  voidedCard,
  withdrawnCard,
} from './cards/request-news.ts';
import { standsCard } from './cards/stands.ts';
import { checkedCard, newsOfFactsCard, note, startCard } from './cards/start.ts';
import { doneByHandCard, stepNews } from './cards/step-news.ts';
import type { Card, CardFile, Drawing } from './cards.ts';
import { personOf } from './chat-estate.ts';
import { fitting } from './fitting.ts';
import { plainLine } from './harmless.ts';
import { inPiece } from './outgoing.ts';

/** One message that a run's room gets, drawn from the journal; it can be drawn again at any time. */
export interface Message {
  /** Stable in the run: `thread`, `request/r1`, `halt/KEY#1`, `seq/57`. Recorded as posted under it, and part of the txn id. */
  readonly id: string;
  readonly room: string;
  readonly card: Card;
  readonly file: CardFile | undefined;
  /** The request that the message asks or leads up to: not posted any more when it isn't open by then. */
  readonly request: string | undefined;
  /** Emoji that the bot puts below. */
  readonly seeds: readonly string[];
}

/** A request's state became another one. */
export interface StateChange {
  /** Stable in the run: `state/r1/57`. Recorded as posted under it, and part of the txn id. */
  readonly id: string;
  readonly request: string;
  readonly state: RequestStatus;
  /** What became of it, above its own words; undefined: it stands again as it was posted. */
  readonly words: string | undefined;
}

/** The last finished run of the same roles, shown as "last time". */
export type Earlier = (run: Run) => EarlierRun | undefined;

/**
 * Walks a run's journal and gives each message that its rooms get. Pure: the same entries give the same messages. Feed it
 * further entries as they come.
 */
export class Presenter {
  readonly messages: Message[] = [];
  /** The newest change of each request's state; the earlier ones are of no news. */
  readonly states = new Map<string, StateChange>();
  readonly #drawing: Drawing;
  readonly #earlier: Earlier;
  #run: Run | undefined;
  #seen = 0;
  /** What was shown of each target's hot-fixes last. */
  readonly #hotFixes = new Map<string, string>();

  constructor(drawing: Drawing, earlier: Earlier = () => undefined) {
    this.#drawing = drawing;
    this.#earlier = earlier;
  }

  /** seq of the last entry that it has seen. */
  get seen(): number {
    return this.#seen;
  }

  /** Takes all entries of the run so far; those that it has seen are passed over. */
  catchUp(entries: readonly Entry[]): void {
    for (const entry of entries.slice(this.#seen)) {
      this.#take(entry);
      this.#seen += 1;
    }
  }

  #take(entry: Entry): void {
    if (this.#run === undefined) {
      this.#run = fold([entry]);
      this.#say('thread', startCard(this.#run, this.#drawing));
      return;
    }
    const run = this.#run;
    const before = {
      over: saysOver(run),
      turning: run.turning,
      remarks: entry.type === 'facts' ? (run.facts[entry.target]?.remarks ?? []) : [],
      read: entry.type === 'facts' && run.facts[entry.target] !== undefined,
      byHand: entry.type === 'finished' && run.steps[entry.step]?.status === 'by-hand',
      strange: run.strange,
    };
    const states = new Map(run.requests.map(request => [request.request, request.status]));
    advance(run, entry);
    for (const { request, status } of run.requests) {
      const was = states.get(request);
      if (was === undefined || was === status) continue;
      const words = stateWords(run, request, entry);
      this.states.set(request, { id: `state/${request}/${entry.seq}`, request, state: status, words });
    }
    if (run.strange !== undefined) {
      if (before.strange === undefined) this.#say(`seq/${entry.seq}`, standsCard(run, run.strange, this.#drawing));
      return;
    }
    try {
      this.#tell(run, entry, before);
    } catch (error) {
      // One thing that can't be drawn keeps nothing else from the room.
      const why = plainLine((error as Error).message);
      this.#say(`seq/${entry.seq}`, note(run, `Entry ${entry.seq} (${entry.type}) can't be shown: ${why}. See !log.`));
    }
    if (!before.over && saysOver(run)) this.#say(nthOutage('over', run), overCard(run, this.#drawing, entry.at));
  }

  #tell(
    run: Run,
    entry: Entry,
    before: { remarks: readonly string[]; read: boolean; byHand: boolean; turning: Run['turning'] },
  ): void {
    const drawing = this.#drawing;
    const id = `seq/${entry.seq}`;
    switch (entry.type) {
      case 'facts': {
        if (!before.read && run.targets.every(({ name }) => run.facts[name] !== undefined)) {
          this.#say('checked', checkedCard(run, drawing, this.#earlier(run)?.took, entry.at));
        }
        this.#showHotFixes(run, entry.target, id);
        const card = before.read ? newsOfFactsCard(run, entry.target, before.remarks) : undefined;
        if (card !== undefined) this.#say(id, card);
        return;
      }
      case 'requested':
        this.#ask(run, entry.request, entry.at);
        return;
      case 'approved': {
        const request = requestOf(run, entry.request);
        const last = request?.gates.at(-1)?.gate === entry.gate;
        if (request !== undefined && last) this.#say(id, approvedCard(run, request, entry.person, drawing, entry.at));
        return;
      }
      case 'rejected':
      case 'expired':
      case 'voided':
      case 'withdrawn':
        this.#answered(run, entry, id);
        return;
      case 'not-counted':
        this.#say(id, notCountedCard(run, entry, personOf(drawing.estate, entry.account)));
        return;
      case 'reminded':
        this.#say(id, remindedCard(run, entry, drawing, entry.at));
        return;
      case 'halted': {
        const step = run.steps[entry.step];
        // It stopped because people said so.
        if (step === undefined || entry.code === 'turning-back') return;
        this.#say(`halt/${entry.step}#${step.halts}`, haltCard(run, step, drawing, entry.at));
        const evidence = evidenceCard(run, step);
        if (evidence !== undefined) this.#say(id, evidence);
        return;
      }
      case 'outage-begun':
        this.#say('outage', outageBeginsCard(run, drawing, entry.at));
        this.#say(
          'by-hand',
          note(run, `The rest of the plan as commands: ${run.id}-by-hand.txt`),
          byHandFile(run, drawing),
        );
        return;
      case 'turned-back': {
        const card = stepNews(run, entry);
        if (card !== undefined) this.#say(id, card);
        if (before.turning?.again === true)
          this.#say(nthOutage('outage', run), outageAgainCard(run, entry.targets, drawing, entry.at));
        return;
      }
      case 'ended':
        this.#say('end', endCard(run, drawing, entry.at));
        return;
      default: {
        const step = entry.type === 'finished' ? run.steps[entry.step] : undefined;
        const byHand = before.byHand ? step?.byHand : undefined;
        const card =
          byHand !== undefined && step !== undefined
            ? doneByHandCard(run, step.node.key, byHand.person, drawing.procedure)
            : stepNews(run, entry);
        if (card !== undefined) this.#say(id, card);
      }
    }
  }

  /** As a file in the thread, anew where they have changed since. */
  #showHotFixes(run: Run, target: string, id: string): void {
    const text = this.#drawing.outlook.hotFixes?.(run.facts[target]?.facts ?? {});
    if (text === undefined || this.#hotFixes.get(target) === text) return;
    this.#hotFixes.set(target, text);
    const name = `${run.id}-${target}-hot-fixes.txt`;
    const card = note(run, `Hot-fixes of ${target}, as they stand on the old instance: ${name}`);
    this.#say(`${id}/hot-fixes`, card, { name, text });
  }

  #ask(run: Run, id: string, at: number): void {
    const request = requestOf(run, id);
    if (request === undefined) return;
    const { before, card } = requestCards(run, request, this.#drawing, at, this.#earlier(run));
    before.forEach((part, index) => {
      this.#say(`part/${id}/${index + 1}`, part, undefined, id);
    });
    this.#say(`request/${id}`, card, undefined, id, [this.#drawing.estate.approve, this.#drawing.estate.reject]);
  }

  #answered(run: Run, entry: Entry, id: string): void {
    if (entry.type !== 'rejected' && entry.type !== 'expired' && entry.type !== 'voided' && entry.type !== 'withdrawn')
      return;
    const request = requestOf(run, entry.request);
    if (request === undefined) return;
    switch (entry.type) {
      case 'rejected':
        this.#say(id, rejectedCard(run, request, entry.person, this.#drawing, entry.at));
        return;
      case 'expired':
        this.#say(id, expiredCard(run, request));
        return;
      case 'voided':
        voidedCard(run, request, entry.why).forEach((card, index) => {
          this.#say(index === 0 ? id : `${id}/${index}`, card);
        });
        return;
      case 'withdrawn':
        this.#say(id, withdrawnCard(run, request, entry, this.#drawing));
        return;
    }
  }

  #say(id: string, card: Card, file?: CardFile, request?: string, seeds: readonly string[] = []): void {
    const room = this.#run?.room ?? '';
    const [text = card.text, ...more] = fitting(card.text);
    const first = more.length === 0 ? card : inPiece(card, text);
    this.messages.push({ id, room, card: first, file, request, seeds });
    more.forEach((rest, index) => {
      const part: Card = { ...inPiece(card, rest), people: [], notify: false };
      this.messages.push({ id: `${id}/${index + 2}`, room, card: part, file: undefined, request, seeds: [] });
    });
  }
}

/** The outage is over, and until when both instances are kept is known where they are. */
function saysOver(run: Run): boolean {
  return outageIsOver(run) && !wantsWindow(run);
}

/** Stable in the run: a way back may begin another outage. */
function nthOutage(id: string, { outageAgain }: Run): string {
  return outageAgain === undefined ? id : `${id}/again/${outageAgain.nth}`;
}

function requestOf(run: Run, id: string): RequestState | undefined {
  return run.requests.find(request => request.request === id);
}

/** All messages of a run. Pure. */
export function messagesOf(entries: readonly Entry[], drawing: Drawing, earlier?: Earlier): readonly Message[] {
  const presenter = new Presenter(drawing, earlier);
  presenter.catchUp(entries);
  return presenter.messages;
}
