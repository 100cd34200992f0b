import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { ChatReader, ChatWriter, OutgoingMessage } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';
import type { Mailer } from '#ports/mail.ts';
import type { Progress } from '#ports/progress.ts';
import { outageEndedAt } from './cards/outage.ts';
import type { Drawing } from './cards.ts';
import { accountsOf } from './chat-estate.ts';
import { OwedDelivery } from './deliver-owed.ts';
import { LiveMessages } from './live-message.ts';
import { type Message, Presenter, type StateChange } from './presenter.ts';
import { txnOf } from './txn.ts';

export interface PublisherParts {
  readonly runs: RunsService;
  readonly writer: ChatWriter & Pick<ChatReader, 'topic'>;
  readonly mailer: Mailer | undefined;
  readonly mailDomain: string;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly log: Log;
  /** The estate, procedure and outlook as they are now. */
  readonly drawing: () => Drawing;
  /** A run's request stands in the room now: somebody may have answered it before the journal knew where it is. */
  readonly asked: (run: string) => void;
}

interface Published {
  presenter: Presenter;
  /** Of a run that stands: messages that were shown, since nothing is recorded of it. */
  readonly shown: Set<string>;
  turn: Promise<void>;
  /** The delivery of announcements that is under way: a slow mail server keeps nobody from the room's messages. */
  owed: Promise<void> | undefined;
  owedRetryAt: number;
  failures: number;
  retryAt: number;
}

/**
 * Shows the rooms what the journals say. Each message is recorded as `posted` right after it was, under its id; what has no
 * such entry is posted, in order. A crash in between posts it again under the same transaction id, which is the same event.
 * Nothing here holds up a run: what can't be shown now is shown later.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #live: LiveMessages;
  readonly #owed: OwedDelivery;
  readonly #published = new Map<string, Published>();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#live = new LiveMessages(parts);
    this.#owed = new OwedDelivery(parts);
  }

  /** Somebody said something in a room. */
  sawMessage(room: string): void {
    this.#live.sawMessage(room);
  }

  /** Looks at every run that may have something to show: at start, and now and then. */
  async publishAll(): Promise<void> {
    const runs = await this.#parts.runs.list();
    await Promise.all([...runs].reverse().map(run => this.publish(run.id)));
  }

  /** What the clock alone brings about: live messages and what failed before. */
  async tick(): Promise<void> {
    const now = this.#parts.clock.now();
    const due = [...this.#published].filter(([, one]) => one.retryAt <= now).map(([id]) => id);
    await Promise.all(due.map(id => this.publish(id)));
  }

  /** The chat is back: what failed is shown now, not when its time has come. */
  async back(): Promise<void> {
    for (const one of this.#published.values()) Object.assign(one, { failures: 0, retryAt: 0, owedRetryAt: 0 });
    await this.tick();
  }

  /** Shows what a run has to show. Passes of one run follow each other. Never throws: a failure is logged and tried again. */
  async publish(id: string): Promise<void> {
    const published = this.#follow(id);
    const turn = published.turn.then(() => this.#pass(id, published));
    published.turn = turn;
    return turn;
  }

  #follow(id: string): Published {
    const known = this.#published.get(id);
    if (known !== undefined) return known;
    const presenter = new Presenter(this.#drawing(), run => this.#earlier.get(run.id));
    const published: Published = {
      presenter,
      shown: new Set(),
      turn: Promise.resolve(),
      owed: undefined,
      owedRetryAt: 0,
      failures: 0,
      retryAt: 0,
    };
    this.#published.set(id, published);
    return published;
  }

  /** Drawn anew at each use, so that a presenter that lives long sees the estate of now. */
  #drawing(): Drawing {
    const { drawing } = this.#parts;
    return {
      get estate() {
        return drawing().estate;
      },
      get procedure() {
        return drawing().procedure;
      },
      get outlook() {
        return drawing().outlook;
      },
    };
  }

  readonly #earlier = new Map<string, number | undefined>();

  async #pass(id: string, published: Published): Promise<void> {
    const { runs, clock, log } = this.#parts;
    try {
      const run = await runs.get(id);
      if (run === undefined) return;
      if (run.strange !== undefined) {
        published.presenter.catchUp(await runs.entries(id));
        for (const message of published.presenter.messages) await this.#showOnce(run, message, published.shown);
        return;
      }
      if (!this.#earlier.has(id)) this.#earlier.set(id, await this.#lastTime(run));
      this.#deliver(run, published);
      // The run goes on while its messages are posted: what it is by then is shown before the live message is.
      do {
        published.presenter.catchUp(await runs.entries(id));
        for (const message of published.presenter.messages) await this.#show(run, message);
      } while (run.head.seq > published.presenter.seen);
      await this.#live.update(run);
      // Last: what programs read holds up nothing that people do.
      for (const change of published.presenter.states.values()) await this.#showState(run, change);
      published.failures = 0;
      published.retryAt = 0;
      const owes = published.owed !== undefined || this.#owed.open(run).length > 0 || this.#live.owes(run);
      if (run.ended !== undefined && !owes) this.#published.delete(id);
    } catch (error) {
      published.failures += 1;
      published.retryAt = clock.now() + backoff(published.failures);
      log.warn({ run: id, error: String(error) }, 'a run could not be shown yet');
    }
  }

  #deliver(run: Run, published: Published): void {
    if (published.owed !== undefined || this.#owed.open(run).length === 0) return;
    if (this.#parts.clock.now() < published.owedRetryAt) return;
    published.owed = this.#owed
      .deliver(run)
      .then(told => {
        published.owedRetryAt = told ? 0 : this.#parts.clock.now() + 5_000;
      })
      .catch(error => {
        published.owedRetryAt = this.#parts.clock.now() + 5_000;
        this.#parts.log.warn({ run: run.id, error: String(error) }, 'announcements could not be told yet');
      })
      .finally(() => {
        published.owed = undefined;
      });
  }

  /** Nothing is recorded of a run that stands. A process that starts later shows it again, under the same transaction. */
  async #showOnce(run: Run, message: Message, shown: Set<string>): Promise<void> {
    if (run.posted[message.id] !== undefined || message.request !== undefined || shown.has(message.id)) return;
    await this.#post(run, message);
    shown.add(message.id);
  }

  async #show(run: Run, message: Message): Promise<void> {
    if (run.posted[message.id] !== undefined) return;
    if (message.request !== undefined && !isWaiting(run, message.request)) return;
    const { writer, runs } = this.#parts;
    const event = await this.#post(run, message);
    for (const emoji of message.seeds) {
      await writer.react(message.room, event, emoji).catch(error => {
        this.#parts.log.warn({ run: run.id, error: String(error) }, 'an emoji could not be put below a request');
      });
    }
    await runs.record(run.id, undefined, now =>
      now.posted[message.id] === undefined ? [{ type: 'posted', what: message.id, room: message.room, event }] : [],
    );
    if (message.id.startsWith('request/')) this.#parts.asked(run.id);
  }

  /** The request's card says what became of it; its text is what was approved, and stays. */
  async #showState(run: Run, { id, request, state }: StateChange): Promise<void> {
    const posted = run.posted[`request/${request}`];
    if (posted === undefined || run.posted[id] !== undefined) return;
    const { writer, runs } = this.#parts;
    const { room, event } = posted;
    await writer.recard(room, event, { run: run.id, kind: 'request', state }, txnOf(run, id));
    await runs.record(run.id, undefined, now =>
      now.posted[id] === undefined ? [{ type: 'posted', what: id, room, event }] : [],
    );
  }

  async #post(run: Run, message: Message): Promise<string> {
    const { writer, drawing } = this.#parts;
    const { card, file } = message;
    const thread = card.where === 'thread' ? run.posted.thread?.event : undefined;
    const txn = txnOf(run, message.id);
    if (file !== undefined) return writer.upload(message.room, { ...file, thread, card: card.field }, txn);
    const out: OutgoingMessage = {
      text: card.text,
      mentions: [...accountsOf(drawing().estate, card.people), ...(card.accounts ?? [])],
      notify: card.notify,
      thread,
      card: card.field,
    };
    return writer.post(message.room, out, txn);
  }

  /** How long the newest finished outage of just these targets took. */
  async #lastTime(run: Run): Promise<number | undefined> {
    const names = run.targets.map(target => target.name).join();
    const runs = await this.#parts.runs.list({ environment: run.environment, open: false });
    const last = runs.find(
      other =>
        other.id !== run.id &&
        other.proposedAt < run.proposedAt &&
        other.targets.map(target => target.name).join() === names &&
        other.ended?.outcome === 'done',
    );
    const end = last === undefined ? undefined : outageEndedAt(last);
    return end === undefined || last?.outageBegun === undefined ? undefined : end - last.outageBegun.at;
  }
}

function isWaiting(run: Run, request: string): boolean {
  return run.requests.some(one => one.request === request && one.status === 'open');
}

/** 1 s, 2 s, 4 s … at most a minute. */
function backoff(failures: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(6, failures - 1));
}
