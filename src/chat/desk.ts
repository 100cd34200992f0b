import type { OutgoingMessage, Said } from '#ports/chat.ts';
import type { Log } from '#ports/log.ts';
import { AnswerBudget } from './answer-budget.ts';
import type { Answers, OwedAnswer } from './answers.ts';
import { lostRecordCard } from './cards/lost-record.ts';
import { type Card, calling } from './cards.ts';
import { personOf, roomOf, roomsBeside } from './chat-estate.ts';
import type { Parts } from './define-command.ts';
import { type Understood, understand } from './dispatch.ts';
import { fitting } from './fitting.ts';
import type { Lane } from './lanes.ts';
import { noticeOf } from './notice-of.ts';
import { inPiece, outgoing } from './outgoing.ts';
import { type Order, Turns } from './turns.ts';

/** A reading command that isn't through by then is answered by what is known, ms. */
const answerWithin = 1_500;

export interface DeskParts {
  readonly answers: Answers;
  /** What commands get, with the estate as it is now. */
  readonly parts: () => Parts;
  /** Names that address us in a message. */
  readonly names: readonly string[];
  readonly log: Log;
}

/**
 * Takes what people say, side by side: what changes a run waits for what was said about that run before, and for nothing
 * else. Questions of people who may give no commands have a small budget.
 */
export class Desk {
  readonly #desk: DeskParts;
  readonly #budget = new AnswerBudget();
  readonly #turns = new Turns();
  /** In which order commands came, while it is looked up which run their thread is of. */
  #arrivals: Promise<unknown> = Promise.resolve();

  constructor(desk: DeskParts) {
    this.#desk = desk;
  }

  /** One message. Resolves once it is done and its answer is owed. @throws what the store throws: nothing is owed. */
  async said(said: Said): Promise<void> {
    const understood = this.#understand(said);
    if (understood === undefined) return;
    const lost = await this.#lost(said);
    if (!understood.isOurs)
      return this.#stranger(said, lost === undefined ? understood : { ...understood, ...saying(lost) });
    if (lost !== undefined) return this.#act(said, { ...understood, ...saying(lost) }, 'first');
    const lane: Lane = understood.changes ? 'first' : 'answers';
    if (understood.order === undefined) return this.#act(said, understood, lane);
    return this.inTurn(understood.order, () => this.#act(said, understood, lane));
  }

  /** A message that nobody here can read whatever is tried is no reason to read it for ever. */
  #understand(said: Said): Understood | undefined {
    const { parts, names, log } = this.#desk;
    try {
      return understand(said, { parts: parts(), names, log });
    } catch (error) {
      log.error({ event: said.id, error: String((error as Error).stack) }, 'a message could not be understood');
      return undefined;
    }
  }

  /** Does what changes something when its turn has come. */
  async inTurn<T>(
    { thread, ...order }: Order & { readonly thread: string | undefined },
    act: () => Promise<T>,
  ): Promise<T> {
    const arrived = this.#arrivals.then(async () => {
      const run = order.run ?? (thread === undefined ? undefined : await this.#runOf(thread));
      // In an object, so that only the turn is waited for, not what is done in it.
      return { turn: this.#turns.take({ ...order, run }, act) };
    });
    this.#arrivals = arrived.catch(() => undefined);
    return (await arrived).turn;
  }

  async #runOf(thread: string): Promise<string | undefined> {
    const open = await this.#desk.parts().runs.list({ open: true });
    return open.find(run => run.posted.thread?.event === thread)?.id;
  }

  async #stranger(said: Said, understood: Understood): Promise<void> {
    const { parts, answers } = this.#desk;
    const { clock } = parts();
    switch (this.#budget.take(said.sender, said.room, clock.now())) {
      case 'answer':
        return this.#act(said, understood, 'strangers');
      case 'say-so': {
        const text = 'Many questions came at once: I answer those who run this first, and others a few times a minute.';
        const card: Card = { text, people: [], notify: false, where: 'room', field: { kind: 'notice' } };
        await answers.owe(said.id, this.#owed(said, card, 'strangers'));
        return;
      }
      case 'nothing':
        return;
    }
  }

  async #act(said: Said, understood: Understood, lane: Lane): Promise<void> {
    const { answers } = this.#desk;
    if (await answers.handled(said.id)) return;
    const { card, later } = await this.#done(said, understood);
    const { given } = await answers.owe(said.id, card === undefined ? undefined : this.#owed(said, card, lane));
    if (later !== undefined) void this.#addLater(said, given, later, lane);
  }

  /** What was read or done is said only if the record was there before and after: a loss isn't undone in between. */
  async #done(
    said: Said,
    understood: Understood,
  ): Promise<{ card: Card | undefined; later?: Promise<Card | undefined> }> {
    const done = understood.changes ? { card: await understood.run() } : await this.#read(understood);
    const lost = await this.#lost(said);
    return lost === undefined ? done : { card: lost };
  }

  /** The answer to everything while the store isn't the one that was written to. @throws what the store throws. */
  async #lost({ room }: Said): Promise<Card | undefined> {
    const { record, estate, drawing, clock } = this.#desk.parts();
    const lost = await record.look();
    if (lost === undefined) return undefined;
    const { works, tells } = roomOf(estate, room);
    const asked =
      works.length > 0
        ? ({ kind: 'work', environments: works } as const)
        : ({ kind: 'tell', environments: tells } as const);
    return lostRecordCard(lost, asked, drawing, clock.now());
  }

  /** What a reading command says, or what is known of it as long as it isn't through. */
  async #read(understood: Understood): Promise<{ card: Card | undefined; later?: Promise<Card | undefined> }> {
    const { clock } = this.#desk.parts();
    const through = new AbortController();
    const running = understood.run();
    const first = await Promise.race([
      running.then(card => ({ card })),
      clock.sleep(answerWithin, through.signal).then(
        () => undefined,
        () => undefined,
      ),
    ]);
    through.abort();
    return first ?? { card: await understood.soFar(), later: running };
  }

  async #addLater(
    said: Said,
    given: Promise<string | undefined>,
    later: Promise<Card | undefined>,
    lane: Lane,
  ): Promise<void> {
    const [card, event] = await Promise.all([later, given]);
    if (card === undefined || event === undefined) return;
    await this.#desk.answers.add(said.id, this.#owed(said, card, lane), event);
  }

  /** Where it was asked; a refusal in a thread. */
  #owed(said: Said, card: Card, lane: Lane): OwedAnswer {
    const { estate } = this.#desk.parts();
    const thread = said.thread ?? (card.where === 'thread' ? said.id : undefined);
    const [first = '', ...rest] = fitting(card.text);
    const whole =
      rest.length === 0 ? card : inPiece(card, `${first.slice(0, -100)}\n… and more than fits one message.`);
    const message = outgoing(whole, estate, thread);
    return { lane, room: said.room, message, ...this.#instead(said, message) };
  }

  /** What a person of the estate is told in a work room where the room that they asked in refuses the answer for good. */
  #instead({ room, id, sender }: Said, { text }: OutgoingMessage): Pick<OwedAnswer, 'instead'> {
    const { estate, link } = this.#desk.parts();
    const person = personOf(estate, sender);
    const rooms = person === undefined ? [] : roomsBeside(estate, room, person);
    if (person === undefined || rooms.length === 0) return {};
    const [first = ''] = text.split('\n');
    const where = link(room, id) ?? `in ${room}`;
    const line = `the chat server refuses my answer to what you said there, for good: ${where}. It begins: ${first.slice(0, beginning)} I answer here meanwhile; let me speak in that room again.`;
    return { instead: { asker: sender, rooms, message: noticeOf(estate, `${calling([person])}${line}`, [person]) } };
  }
}

/** Longest beginning of an answer that stands in a line about it, characters. */
const beginning = 300;

/** A message that gets this card, whatever it asks for. */
function saying(card: Card): Pick<Understood, 'changes' | 'run' | 'soFar'> {
  const run = () => Promise.resolve(card);
  return { changes: false, run, soFar: run };
}
