import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refused, Unknown } from '#core/errors.ts';
import { type Fields, listOf, textOf } from './room-model.ts';

/** How long a throttled request is tried again, ms in all. */
const patience = 30_000;

/** Somebody's account on a homeserver, used over plain HTTP like any client of a person. */
export class MatrixUser {
  readonly homeserver: string;
  readonly #token: string;

  /** @param homeserver "http://127.0.0.1:8008" */
  constructor(homeserver: string, token: string) {
    this.homeserver = homeserver.replace(/\/$/, '');
    this.#token = token;
  }

  /** @throws Refused what the server refuses. @throws Unknown when it doesn't answer. */
  async call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Fields> {
    const until = Date.now() + patience;
    for (;;) {
      const { status, answer } = await this.#once(method, path, body, signal);
      if (status === 200) return answer;
      const pause = typeof answer.retry_after_ms === 'number' ? answer.retry_after_ms : 1_000;
      if (status !== 429 || Date.now() + pause > until) throw failure(status, answer);
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    }
  }

  async #once(method: string, path: string, body: unknown, signal: AbortSignal | undefined) {
    const limit = AbortSignal.timeout(60_000);
    try {
      const response = await fetch(`${this.homeserver}/_matrix/${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      return { status: response.status, answer: (await response.json()) as Fields };
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unknown('room-unreachable', `${this.homeserver} does not answer as a Matrix homeserver.`, {
        cause: error,
      });
    }
  }

  async whoAmI(): Promise<string> {
    return textOf((await this.call('GET', 'client/v3/account/whoami')).user_id) ?? '';
  }

  /** Id of a room by id or alias. */
  async room(nameOrId: string): Promise<string> {
    if (nameOrId.startsWith('!')) return nameOrId;
    const answer = await this.call('GET', `client/v3/directory/room/${encodeURIComponent(nameOrId)}`);
    return textOf(answer.room_id) ?? '';
  }

  async send(room: string, type: string, content: Fields): Promise<string> {
    const answer = await this.call('PUT', `${roomPath(room)}/send/${type}/${randomUUID()}`, content);
    return textOf(answer.event_id) ?? '';
  }

  say(room: string, text: string, thread?: string): Promise<string> {
    const relation = {
      rel_type: 'm.thread',
      event_id: thread,
      is_falling_back: true,
      'm.in_reply_to': { event_id: thread },
    };
    return this.send(room, 'm.room.message', {
      msgtype: 'm.text',
      body: text,
      ...(thread === undefined ? {} : { 'm.relates_to': relation }),
    });
  }

  react(room: string, event: string, emoji: string): Promise<string> {
    return this.send(room, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: event, key: emoji },
    });
  }

  /** Takes our own reaction back. @throws Refused code `room-no-reaction` when there is none. */
  async unreact(room: string, event: string, emoji: string): Promise<string> {
    const self = await this.whoAmI();
    let from = '';
    do {
      const path = `client/v1/rooms/${encodeURIComponent(room)}/relations/${encodeURIComponent(event)}/m.annotation`;
      const answer = await this.call('GET', `${path}/m.reaction?limit=100${from === '' ? '' : `&from=${from}`}`);
      const own = listOf(answer.chunk).find(one => one.sender === self && keyOf(one) === emoji);
      if (own !== undefined) return this.redact(room, String(own.event_id));
      from = textOf(answer.next_batch) ?? '';
    } while (from !== '');
    throw new Refused('room-no-reaction', `You have no ${emoji} on that message.`);
  }

  async redact(room: string, event: string): Promise<string> {
    const path = `${roomPath(room)}/redact/${encodeURIComponent(event)}/${randomUUID()}`;
    return textOf((await this.call('PUT', path, {})).event_id) ?? '';
  }

  /** Pages of a room's events from the newest back; each page newest first. */
  async *back(room: string, most: number): AsyncGenerator<readonly Fields[]> {
    let from = '';
    let left = most;
    while (left > 0) {
      const query = `dir=b&limit=${Math.min(100, left)}${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`;
      const answer = await this.call('GET', `${roomPath(room)}/messages?${query}`);
      const chunk = listOf(answer.chunk);
      yield chunk;
      left -= chunk.length;
      const end = textOf(answer.end);
      if (end === undefined || end === from) return;
      from = end;
    }
  }

  /** What is new in a room since a position (the newest `limit` events without one). Waits up to 25 s. */
  async sync(room: string, since: string | undefined, limit: number, signal: AbortSignal) {
    const filter = JSON.stringify({
      presence: { types: [] },
      account_data: { types: [] },
      room: { rooms: [room], timeline: { limit }, ephemeral: { types: [] }, account_data: { types: [] } },
    });
    const wait = since === undefined ? '' : `&since=${encodeURIComponent(since)}&timeout=25000`;
    const answer = await this.call(
      'GET',
      `client/v3/sync?filter=${encodeURIComponent(filter)}${wait}`,
      undefined,
      signal,
    );
    const joined = fieldsAt(answer, 'rooms', 'join', room);
    return {
      next: textOf(answer.next_batch) ?? '',
      events: listOf(fieldsAt(joined, 'timeline').events),
      state: listOf(fieldsAt(joined, 'state').events),
    };
  }
}

export function roomPath(room: string): string {
  return `client/v3/rooms/${encodeURIComponent(room)}`;
}

function fieldsAt(value: Fields, ...keys: readonly string[]): Fields {
  let at: unknown = value;
  for (const key of keys) at = (at as Fields | undefined)?.[key];
  return (at ?? {}) as Fields;
}

function keyOf(event: Fields): string | undefined {
  return textOf(fieldsAt(event, 'content', 'm.relates_to').key);
}

function failure(status: number, answer: Fields): Error {
  if (status >= 500) return new Unknown('room-server-error', `The homeserver failed with HTTP status ${status}.`);
  if (status === 401) return new Refused('room-token', 'The homeserver does not take the access token.');
  if (answer.errcode === 'M_DUPLICATE_ANNOTATION') {
    return new Refused('room-reacted', 'That reaction of yours is on that message already.');
  }
  const said = (textOf(answer.error) ?? `HTTP status ${status}`).replace(/\.$/, '');
  return new Refused('room-refused', `The homeserver refuses: ${said}.`);
}
