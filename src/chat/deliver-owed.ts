import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { ChatReader, ChatWriter } from '#ports/chat.ts';
import type { Log } from '#ports/log.ts';
import type { Mailer } from '#ports/mail.ts';
import { topicText } from './topic-text.ts';
import { txnOf } from './txn.ts';

type Owed = Run['owed'][string];

/**
 * Tells people outside what a run owes them: tell rooms, topics, mails. Each is recorded as told once it was; one that
 * can't be told now stays owed and is tried again. What no channel here delivers is for a person (`!announce done`).
 */
export class OwedDelivery {
  readonly #runs: RunsService;
  readonly #writer: ChatWriter & Pick<ChatReader, 'topic'>;
  readonly #mailer: Mailer | undefined;
  readonly #mailDomain: string;
  readonly #log: Log;

  constructor(parts: {
    readonly runs: RunsService;
    readonly writer: ChatWriter & Pick<ChatReader, 'topic'>;
    readonly mailer: Mailer | undefined;
    /** Right-hand side of Message-IDs. */
    readonly mailDomain: string;
    readonly log: Log;
  }) {
    this.#runs = parts.runs;
    this.#writer = parts.writer;
    this.#mailer = parts.mailer;
    this.#mailDomain = parts.mailDomain;
    this.#log = parts.log;
  }

  /** What is still owed and can be told by itself. */
  open(run: Run): Owed[] {
    return Object.values(run.owed).filter(item => item.told === undefined && this.#canTell(item));
  }

  /** Tells what is owed, oldest first in each channel. @returns whether all of it was told. */
  async deliver(run: Run): Promise<boolean> {
    const stuck = new Set<string>();
    for (const item of this.open(run)) {
      if (stuck.has(item.channel)) continue;
      try {
        const ref = await this.#tell(run, item);
        await this.#runs.record(run.id, undefined, now =>
          now.owed[item.item]?.told === undefined ? [{ type: 'told', item: item.item, by: null, ref }] : [],
        );
      } catch (error) {
        stuck.add(item.channel);
        this.#log.warn({ run: run.id, item: item.item, error: String(error) }, 'an announcement could not be told yet');
      }
    }
    return stuck.size === 0;
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
          const message = {
            text: item.text,
            mentions: [],
            notify: false,
            thread: undefined,
            card: { kind: 'notice' as const },
          };
          events.push(await this.#writer.post(room, message, txnOf(run, `owed/${item.item}/${room}`)));
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
        for (const room of item.to) {
          await this.#writer.setTopic(room, topicText(await this.#writer.topic(room), ours, item.text));
        }
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
