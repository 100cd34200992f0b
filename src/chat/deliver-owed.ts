import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { ChatReader, ChatWriter, OutgoingMessage } from '#ports/chat.ts';
import type { Log } from '#ports/log.ts';
import type { Mailer } from '#ports/mail.ts';
import { accountsOf, type ChatEstate } from './chat-estate.ts';
import type { Lane } from './lanes.ts';
import { isRefusedForGood, postSurely } from './post-surely.ts';
import { roomOfRun } from './run-room.ts';
import { topicText } from './topic-text.ts';
import { txnOf } from './txn.ts';

type Owed = Run['owed'][string];

/**
 * Tells people outside what a run owes them: tell rooms, topics, mails. Each by itself: what one room or mailing list gets
 * waits only for what is owed to the same one before. It is recorded as told once it was; one that can't be told now stays
 * owed and is tried again; one that is refused for good is a person's, who reads so in the work room (`!announce done`).
 */
export class OwedDelivery {
  readonly #runs: RunsService;
  readonly #lane: (lane: Lane) => ChatWriter;
  readonly #topic: ChatReader['topic'];
  readonly #mailer: Mailer | undefined;
  readonly #mailDomain: string;
  readonly #log: Log;
  readonly #drawing: () => { readonly estate: ChatEstate };
  /** The last change of each room's topic. */
  readonly #topics = new Map<string, Promise<void>>();

  constructor(parts: {
    readonly runs: RunsService;
    readonly lane: (lane: Lane) => ChatWriter;
    readonly topic: ChatReader['topic'];
    readonly mailer: Mailer | undefined;
    /** Right-hand side of Message-IDs. */
    readonly mailDomain: string;
    readonly log: Log;
    readonly drawing: () => { readonly estate: ChatEstate };
  }) {
    this.#runs = parts.runs;
    this.#lane = parts.lane;
    this.#topic = parts.topic;
    this.#mailer = parts.mailer;
    this.#mailDomain = parts.mailDomain;
    this.#log = parts.log;
    this.#drawing = parts.drawing;
  }

  /** What is still owed and can be told by itself. */
  open(run: Run): Owed[] {
    return Object.values(run.owed).filter(
      item => item.told === undefined && run.posted[handedOver(item)] === undefined && this.#canTell(item),
    );
  }

  /** What is told next: the oldest that is open, of each room and list. */
  due(run: Run): Owed[] {
    const open = this.open(run);
    return open.filter((item, index) => !open.slice(0, index).some(before => isSamePlace(before, item)));
  }

  /** Tells one of them. @throws what can be tried again. */
  async tell(run: Run, item: Owed): Promise<void> {
    try {
      const ref = await this.#tell(run, item);
      await this.#runs.record(run.id, undefined, now =>
        now.owed[item.item]?.told === undefined ? [{ type: 'told', item: item.item, by: null, ref }] : [],
      );
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      this.#log.error({ run: run.id, item: item.item, code: error.code }, 'an announcement is refused for good');
      await this.#handOver(run, item, error.message);
    }
  }

  /** Whoever looks after the run learns that people are still to be told, and how to say that they were. */
  async #handOver(run: Run, item: Owed, why: string): Promise<void> {
    const people = [...new Set(run.targets.map(target => target.driver))];
    const { estate } = this.#drawing();
    const message: OutgoingMessage = {
      text: [
        `${people.map(person => `@${person}`).join(' ')} ${run.id}: I can't tell ${item.to.join(', ')} (${item.item}): ${why}`,
        `I don't try it again: tell them yourself, then !announce ${run.id} done ${item.item}`,
        ...(item.subject === '' ? [] : [`  Subject: ${item.subject}`]),
        ...(item.text || '(as it was before)').split('\n').map(line => `  ${line}`),
      ].join('\n'),
      mentions: accountsOf(estate, people),
      notify: true,
      thread: undefined,
      card: { kind: 'notice', run: run.id },
    };
    const what = handedOver(item);
    const room = roomOfRun(run, estate);
    const event = await postSurely(this.#lane('first'), room, message, txnOf(run, what));
    await this.#runs.record(run.id, undefined, now =>
      now.posted[what] === undefined ? [{ type: 'posted', what, room, event }] : [],
    );
  }

  /** What stands there is read and written in one go: another run may tell the same room. */
  async #setTopic(room: string, ours: readonly string[], text: string): Promise<void> {
    const turn = (this.#topics.get(room) ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => this.#lane('tell').setTopic(room, topicText(await this.#topic(room), ours, text)));
    this.#topics.set(room, turn);
    await turn;
  }

  #canTell(item: Owed): boolean {
    if (item.channel === 'mail') return this.#mailer !== undefined;
    return item.channel === 'tell' || item.channel === 'topic';
  }

  async #tell(run: Run, item: Owed): Promise<string> {
    switch (item.channel) {
      case 'tell': {
        const events: string[] = [];
        for (const room of item.to) {
          const message: OutgoingMessage = {
            text: item.text,
            mentions: [],
            notify: false,
            thread: undefined,
            card: { kind: 'notice' },
          };
          events.push(await postSurely(this.#lane('tell'), room, message, txnOf(run, `owed/${item.item}/${room}`)));
        }
        return events.join(' ');
      }
      case 'topic': {
        // A topic that a later one replaces would only flicker.
        const others = Object.values(run.owed).filter(
          other => other.channel === 'topic' && other.item !== item.item && other.to.join() === item.to.join(),
        );
        if (others.some(other => other.owedAt > item.owedAt)) return 'replaced by a later topic';
        const ours = others.map(other => other.text);
        for (const room of item.to) await this.#setTopic(room, ours, item.text);
        return 'topic set';
      }
      case 'mail': {
        const messageId = `${txnOf(run, item.item)}@${this.#mailDomain}`;
        await this.#mailer?.send({ messageId, to: item.to, subject: item.subject, text: item.text });
        return messageId;
      }
      default:
        throw new Error(`no way to tell ${item.channel}`);
    }
  }
}

function isSamePlace(a: Owed, b: Owed): boolean {
  return a.channel === b.channel && a.to.some(place => b.to.includes(place));
}

/** Under what it is recorded that a person was told to tell it. */
function handedOver(item: Owed): string {
  return `refused/${item.item}`;
}
