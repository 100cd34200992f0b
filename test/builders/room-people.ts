import { type MatrixPerson, roomPath } from '#test/builders/matrix-person.ts';

/** A message as the room shows it, after its edits. */
export interface ShownMessage {
  readonly id: string;
  readonly sender: string;
  readonly text: string;
  readonly thread: string | undefined;
  readonly notice: boolean;
  readonly mentions: readonly string[];
  readonly card: { readonly run?: string; readonly kind?: string; readonly state?: string };
}

/** All messages of a room, oldest first, as somebody in it reads them. */
export async function messagesIn(reader: MatrixPerson, room: string): Promise<ShownMessage[]> {
  const answer = await reader.call('GET', `${roomPath(room)}/messages?dir=b&limit=1000`);
  const events = (answer.chunk as Record<string, never>[]).reverse();
  const shown = new Map<string, ShownMessage>();
  for (const event of events as unknown as RoomEvent[]) {
    const { content } = event;
    if (event.type !== 'm.room.message' || content.body === undefined) continue;
    const relation = content['m.relates_to'];
    if (relation?.rel_type === 'm.replace') {
      const old = shown.get(relation.event_id);
      const edited = content['m.new_content'];
      if (old !== undefined)
        shown.set(old.id, { ...old, text: edited?.body ?? '', card: edited?.['org.ferry.card'] ?? old.card });
      continue;
    }
    shown.set(event.event_id, {
      id: event.event_id,
      sender: event.sender,
      text: content.body,
      thread: relation?.rel_type === 'm.thread' ? relation.event_id : undefined,
      notice: content.msgtype === 'm.notice',
      mentions: content['m.mentions']?.user_ids ?? [],
      card: content['org.ferry.card'] ?? {},
    });
  }
  return [...shown.values()];
}

export interface RoomEvent {
  readonly type: string;
  readonly event_id: string;
  readonly sender: string;
  readonly content: {
    readonly body?: string;
    readonly msgtype?: string;
    readonly 'm.relates_to'?: { readonly rel_type: string; readonly event_id: string };
    readonly 'm.new_content'?: {
      readonly body: string;
      readonly 'org.ferry.card'?: ShownMessage['card'];
      readonly 'm.mentions'?: object;
    };
    readonly 'm.mentions'?: { readonly user_ids?: readonly string[] };
    readonly 'org.ferry.card'?: ShownMessage['card'];
  };
}

/** A person in the room, with an ordinary client. */
export class Speaker {
  readonly account: MatrixPerson;
  readonly #room: string;

  constructor(room: string, account: MatrixPerson) {
    this.#room = room;
    this.account = account;
  }

  says(text: string, thread?: string): Promise<string> {
    const relation = thread === undefined ? {} : { 'm.relates_to': { rel_type: 'm.thread', event_id: thread } };
    return this.account.says(this.#room, text, relation);
  }

  saysIn(room: string, text: string): Promise<string> {
    return this.account.says(room, text);
  }

  reacts(emoji: string, to: { readonly id: string }): Promise<string> {
    return this.account.reacts(this.#room, to.id, emoji);
  }

  takesBack(reaction: string): Promise<string> {
    return this.account.redacts(this.#room, reaction);
  }
}
