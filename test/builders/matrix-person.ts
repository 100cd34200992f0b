import { randomUUID } from 'node:crypto';

export type Json = Record<string, unknown>;

/** An account of a homeserver as somebody uses it with an ordinary client: plain HTTP, no SDK. */
export class MatrixPerson {
  readonly homeserver: string;
  readonly userId: string;
  readonly accessToken: string;

  constructor(homeserver: string, account: { readonly userId: string; readonly accessToken: string }) {
    this.homeserver = homeserver;
    this.userId = account.userId;
    this.accessToken = account.accessToken;
  }

  async answer(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${this.homeserver}/_matrix/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.accessToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }

  /** @throws Error with the server's words when it refuses. */
  async call(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.answer(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async createRoom(wish: Json = {}): Promise<string> {
    const answer = await this.call('POST', 'client/v3/createRoom', { preset: 'public_chat', ...wish });
    return String(answer.room_id);
  }

  async send(room: string, type: string, content: Json, txn: string = randomUUID()): Promise<string> {
    const answer = await this.call('PUT', `${roomPath(room)}/send/${type}/${txn}`, content);
    return String(answer.event_id);
  }

  says(room: string, text: string, more: Json = {}): Promise<string> {
    return this.send(room, 'm.room.message', { msgtype: 'm.text', body: text, ...more });
  }

  edits(room: string, event: string, text: string): Promise<string> {
    return this.says(room, `* ${text}`, {
      'm.new_content': { msgtype: 'm.text', body: text },
      'm.relates_to': { rel_type: 'm.replace', event_id: event },
    });
  }

  reacts(room: string, event: string, emoji: string): Promise<string> {
    return this.send(room, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: event, key: emoji },
    });
  }

  async redacts(room: string, event: string): Promise<string> {
    const answer = await this.call('PUT', `${roomPath(room)}/redact/${encodeURIComponent(event)}/${randomUUID()}`, {});
    return String(answer.event_id);
  }

  async joins(room: string): Promise<void> {
    await this.call('POST', `client/v3/join/${encodeURIComponent(room)}`, {});
  }

  async leaves(room: string): Promise<void> {
    await this.call('POST', `${roomPath(room)}/leave`, {});
  }

  async does(what: 'invite' | 'kick' | 'ban', room: string, other: string): Promise<void> {
    await this.call('POST', `${roomPath(room)}/${what}`, { user_id: other });
  }

  async setState(room: string, type: string, content: Json): Promise<void> {
    await this.call('PUT', `${roomPath(room)}/state/${type}/`, content);
  }

  state(room: string, type: string): Promise<Json> {
    return this.call('GET', `${roomPath(room)}/state/${type}/`);
  }

  event(room: string, event: string): Promise<Json> {
    return this.call('GET', `${roomPath(room)}/event/${encodeURIComponent(event)}`);
  }
}

export function roomPath(room: string): string {
  return `client/v3/rooms/${encodeURIComponent(room)}`;
}
