import type { Posted, Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { ChatReader, ChatWriter } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import type { Log } from '#ports/log.ts';
import type { Mailer } from '#ports/mail.ts';
import type { Progress } from '#ports/progress.ts';
import { outageEndedAt } from './cards/outage.ts';
import type { EarlierRun } from './cards/request-counts.ts';
import type { Drawing } from './cards.ts';
import { OwedDelivery } from './deliver-owed.ts';
import { backoff, Items } from './items.ts';
import { type Lane, lanes } from './lanes.ts';
import { LiveMessages } from './live-message.ts';
import { outgoing } from './outgoing.ts';
import { fileAsMessages, isRefusedForGood, postSurely } from './post-surely.ts';
import { type Message, Presenter, type StateChange } from './presenter.ts';
import { roomOfRun, threadOfRun } from './run-room.ts';
import { txnOf } from './txn.ts';

export interface PublisherParts {
  readonly runs: RunsService;
  readonly lane: (lane: Lane) => ChatWriter;
  readonly topic: ChatReader['topic'];
  readonly cameIn: ChatReader['cameIn'];
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
  readonly presenter: Presenter;
  /** Of a run that stands: messages that were shown, since nothing is recorded of it. */
  readonly shown: Set<string>;
  /** What has to be shown, each by itself: one that can't be shown now, or at all, stops none of the others. */
  readonly items: Items;
  turn: Promise<unknown>;
  failures: number;
  retryAt: number;
}

/**
 * Shows the rooms what the journals say. Each message is recorded as `posted` right after it was, under its id; what has no
 * such entry is posted. A crash in between posts it again under the same transaction id, which is the same event. Messages
 * wait for nothing but what they hang on: a thread for its root, a request for its parts; in which order they leave is for
 * the lanes. Nothing here holds up a run: what can't be shown now is shown later.
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
    for (const one of this.#published.values()) {
      Object.assign(one, { failures: 0, retryAt: 0 });
      one.items.dueNow();
    }
    await this.tick();
  }

  /**
   * Shows what a run has to show, and what hangs on that. Resolves when nothing more can be shown now; what another call is
   * showing isn't waited for. Never throws: a failure is logged and tried again.
   */
  async publish(id: string): Promise<void> {
    const published = this.#follow(id);
    for (;;) {
      const turn = published.turn.then(() => this.#pass(id, published));
      published.turn = turn;
      const shown = await Promise.all(await turn);
      if (!shown.includes(true)) return;
    }
  }

  #follow(id: string): Published {
    const known = this.#published.get(id);
    if (known !== undefined) return known;
    const presenter = new Presenter(this.#drawing(), run => this.#earlier.get(run.id));
    const published: Published = {
      presenter,
      shown: new Set(),
      items: new Items(this.#parts.clock, (item, error, failures) => {
        if (failures > 1 && failures % 20 !== 0) return;
        this.#parts.log.warn({ run: id, item, error: String(error) }, 'something could not be shown yet');
      }),
      turn: Promise.resolve(),
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

  readonly #earlier = new Map<string, EarlierRun | undefined>();

  /** Begins whatever can be shown now. @returns for each whether it was shown. */
  async #pass(id: string, published: Published): Promise<Promise<boolean>[]> {
    const { runs, clock, log } = this.#parts;
    const { presenter, items } = published;
    try {
      const run = await runs.get(id);
      if (run === undefined) return [];
      const stands = run.strange !== undefined;
      if (!stands && !this.#earlier.has(id)) this.#earlier.set(id, await this.#lastRun(run));
      presenter.catchUp(await runs.entries(id));
      const begun: Promise<boolean>[] = [];
      const begin = (item: string, act: (failures: number) => Promise<void>) => {
        const showing = items.begin(item, act);
        if (showing !== undefined) begun.push(showing);
      };
      for (const message of stands ? presenter.messages : []) {
        const isShown = run.posted[message.id] !== undefined || published.shown.has(message.id);
        if (isShown || message.request !== undefined) continue;
        begin(message.id, failures => this.#showOnce(run, message, failures, published.shown));
      }
      if (stands) return begun;
      const due = inLanes(presenter.messages).filter(message => this.#isDue(run, message, presenter.messages));
      items.dueTogether(due.map(message => message.id));
      for (const message of due) {
        // What stands in the room follows the run's start, unless that doesn't get through.
        if (run.posted.thread === undefined && message.id !== 'thread' && !items.hasFailed('thread')) continue;
        begin(message.id, failures => this.#show(run, message, failures));
      }
      for (const item of this.#owed.due(run)) begin(`owed/${item.item}`, () => this.#owed.tell(run, item));
      for (const change of presenter.states.values()) {
        const posted = run.posted[`request/${change.request}`];
        if (posted === undefined || run.posted[change.id] !== undefined) continue;
        begin(change.id, () => this.#showState(run, change, posted));
      }
      published.failures = 0;
      published.retryAt = 0;
      if (begun.length > 0) return begun;
      // After everything that is new, but what doesn't get through isn't waited for.
      const live = this.#live.update(run).then(() => {
        const owes = items.owes || this.#owed.open(run).length > 0 || this.#live.owes(run);
        if (run.ended !== undefined && !owes) this.#published.delete(id);
        return false;
      });
      return [live];
    } catch (error) {
      published.failures += 1;
      published.retryAt = clock.now() + backoff(published.failures);
      log.warn({ run: id, error: String(error) }, 'a run could not be shown yet');
      return [];
    }
  }

  /** Whether a message is to be shown, and what it hangs on stands there. */
  #isDue(run: Run, message: Message, all: readonly Message[]): boolean {
    if (run.posted[message.id] !== undefined) return false;
    if (message.card.where === 'thread' && run.posted.thread === undefined) return false;
    if (message.request === undefined) return true;
    if (!isWaiting(run, message.request)) return false;
    if (!message.id.startsWith('request/')) return true;
    // Who is asked has everything before them that is asked about.
    return all.every(
      part => part.request !== message.request || !part.id.startsWith('part/') || run.posted[part.id] !== undefined,
    );
  }

  /** Nothing is recorded of a run that stands. A process that starts later shows it again, under the same transaction. */
  async #showOnce(run: Run, message: Message, failures: number, shown: Set<string>): Promise<void> {
    await this.#post(run, message, failures);
    shown.add(message.id);
  }

  async #show(run: Run, message: Message, failures: number): Promise<void> {
    const { lane, runs, log, drawing } = this.#parts;
    const room = roomOfRun(run, drawing().estate);
    // Read before it is posted: whoever goes out afterwards may miss an answer to it.
    const cameIn = message.id.startsWith('request/') ? await this.#parts.cameIn(room) : undefined;
    const event = await this.#post(run, message, failures);
    for (const emoji of message.seeds) {
      await lane('first')
        .react(room, event, emoji)
        .catch(error => {
          log.warn({ run: run.id, error: String(error) }, 'an emoji could not be put below a request');
        });
    }
    await runs.record(run.id, undefined, now =>
      now.posted[message.id] === undefined
        ? [{ type: 'posted', what: message.id, room, event, ...(cameIn === undefined ? {} : { cameIn }) }]
        : [],
    );
    if (message.id.startsWith('request/')) this.#parts.asked(run.id);
  }

  /** The request says what became of it, above what was asked, which stays word for word. */
  async #showState(run: Run, { id, state, words }: StateChange, { room, event }: Posted): Promise<void> {
    const { lane, runs } = this.#parts;
    await lane('notices').recard(room, event, { run: run.id, kind: 'request', state }, words, txnOf(run, id));
    await runs.record(run.id, undefined, now =>
      now.posted[id] === undefined ? [{ type: 'posted', what: id, room, event }] : [],
    );
  }

  async #post(run: Run, message: Message, failures: number): Promise<string> {
    const { drawing } = this.#parts;
    const { card, file } = message;
    const room = roomOfRun(run, drawing().estate);
    const writer = this.#parts.lane(laneOf(message));
    const thread = card.where === 'thread' ? threadOfRun(run, room) : undefined;
    const txn = txnOf(run, message.id);
    if (file !== undefined) {
      try {
        if (failures < filesTried) return await writer.upload(room, { ...file, thread, card: card.field }, txn);
      } catch (error) {
        if (!isRefusedForGood(error)) throw error;
      }
      return fileAsMessages(writer, room, file, { mentions: [], notify: false, thread, card: card.field }, txn);
    }
    return postSurely(writer, room, outgoing(card, drawing().estate, thread), txn);
  }

  /** The newest finished run of just these roles, in the environment. */
  async #lastRun(run: Run): Promise<EarlierRun | undefined> {
    const roles = rolesOf(run);
    const runs = await this.#parts.runs.list({ environment: run.environment, open: false });
    const last = runs.find(
      other =>
        other.id !== run.id &&
        other.proposedAt < run.proposedAt &&
        other.what === run.what &&
        rolesOf(other) === roles &&
        other.ended?.outcome === 'done',
    );
    const end = last === undefined ? undefined : outageEndedAt(last);
    if (last === undefined || end === undefined || last.outageBegun === undefined) return undefined;
    return { run: last, took: end - last.outageBegun.at };
  }
}

function rolesOf(run: Run): string {
  return run.targets.map(target => target.role).join();
}

/** A file that fails this often while other things may get through goes as messages. */
const filesTried = 3;

function isWaiting(run: Run, request: string): boolean {
  return run.requests.some(one => one.request === request && one.status === 'open');
}

/** In which lane a run's message goes. */
function laneOf({ file, request, card }: Message): Lane {
  if (file !== undefined) return 'files';
  const { kind } = card.field;
  if (kind === 'refusal') return 'answers';
  return request !== undefined || kind === 'halt' || card.where === 'room' || card.notify ? 'first' : 'notices';
}

/** The thread's root, then in the order of the lanes: where nothing waits, that is also the order in which they are read. */
function inLanes(messages: readonly Message[]): Message[] {
  const rank = (message: Message) => (message.id === 'thread' ? -1 : lanes.indexOf(laneOf(message)));
  return [...messages].sort((a, b) => rank(a) - rank(b));
}
