import { Refused, Unknown } from '#core/errors.ts';
import type { ChatWriter, OutgoingMessage } from '#ports/chat.ts';

export interface Written {
  readonly event: string;
  readonly room: string;
  readonly txn: string;
  message: OutgoingMessage;
  edits: number;
}

/** A chat that fails when told to: before a post takes effect, or after it, with the answer lost. Txn ids are honoured. */
export class ScriptedWriter implements ChatWriter {
  readonly written: Written[] = [];
  readonly files: { room: string; name: string; text: string }[] = [];
  readonly recards: { event: string; txn: string; state: string | undefined; words: string | undefined }[] = [];
  readonly reactions: string[] = [];
  readonly topics: Record<string, string> = {};
  pinned: string | undefined;
  /** What the next calls meet, in order; then all is well. */
  readonly faults: ('before' | 'after' | undefined)[] = [];
  calls = 0;
  /** Texts with one of these in them are refused for good, as are files with such a name. */
  readonly refused: string[] = [];

  #refuse(text: string): void {
    if (this.refused.some(one => text.includes(one))) throw new Refused('message-too-long', 'too large');
  }

  #meet(): 'before' | 'after' | undefined {
    this.calls += 1;
    const fault = this.faults.shift();
    if (fault === 'before') throw new Unknown('chat-away', 'the chat is away');
    return fault;
  }

  async post(room: string, message: OutgoingMessage, txn: string): Promise<string> {
    const fault = this.#meet();
    this.#refuse(message.text);
    let found = this.written.find(one => one.room === room && one.txn === txn);
    if (found === undefined) {
      found = { event: `$${this.written.length + 1}`, room, txn, message, edits: 0 };
      this.written.push(found);
    }
    if (fault === 'after') throw new Unknown('chat-lost', 'the answer was lost');
    return found.event;
  }

  async edit(_room: string, event: string, message: OutgoingMessage): Promise<void> {
    this.#meet();
    const found = this.written.find(one => one.event === event);
    if (found === undefined) throw new Error(`no ${event}`);
    found.message = message;
    found.edits += 1;
  }

  async recard(
    _room: string,
    event: string,
    card: OutgoingMessage['card'],
    words: string | undefined,
    txn: string,
  ): Promise<void> {
    const fault = this.#meet();
    const found = this.written.find(one => one.event === event);
    if (found === undefined) throw new Error(`no ${event}`);
    this.recards.push({ event, txn, state: card.state, words });
    found.message = { ...found.message, card };
    if (fault === 'after') throw new Unknown('chat-lost', 'the answer was lost');
  }

  async upload(room: string, file: Parameters<ChatWriter['upload']>[1], txn: string): Promise<string> {
    this.#meet();
    this.#refuse(file.name);
    this.files.push({ room, name: file.name, text: file.text });
    return `$file-${txn}`;
  }

  async react(_room: string, event: string, emoji: string): Promise<void> {
    this.#meet();
    this.reactions.push(`${emoji} ${event}`);
  }

  cameIn(): Promise<string> {
    return Promise.resolve('$join');
  }

  topic(room: string): Promise<string> {
    return Promise.resolve(this.topics[room] ?? '');
  }

  async setTopic(room: string, topic: string): Promise<void> {
    this.#meet();
    this.topics[room] = topic;
  }

  async pin(_room: string, event: string | undefined): Promise<void> {
    this.#meet();
    this.pinned = event;
  }

  async leave(): Promise<void> {}
  async join(): Promise<void> {}
}
