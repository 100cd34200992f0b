import { randomUUID } from 'node:crypto';
import { Unknown } from '#core/errors.ts';
import type { ChatWriter } from '#ports/chat.ts';
import { fieldsOf, textOf } from './incoming-event.ts';
import { type Fields, type MatrixCall, matrixCall, path, ServerRefusal } from './matrix-call.ts';
import { isAbsent } from './matrix-reader.ts';
import type { MatrixClient } from './matrix-sdk.ts';
import { editContent, messageContent, recardContent, threadRelation } from './message-content.ts';

/** The writing half of the port. It waits for no limit of the server: whoever sends knows what goes first. */
export function matrixWriter(client: MatrixClient, self: string): ChatWriter {
  const call = (one: MatrixCall) => matrixCall(client, one, 0);
  const state = (room: string, type: string) => path`client/v3/rooms/${room}/state/${type}/`;

  async function send(room: string, type: string, body: Fields, txn: string): Promise<string> {
    const where = path`client/v3/rooms/${room}/send/${type}/${txn}`;
    const event = textOf((await call({ method: 'PUT', path: where, body })).event_id);
    if (event === undefined) throw new Unknown('chat-no-event', 'The chat server did not say which event it made.');
    return event;
  }

  /** What stands there; nothing where the server says that there is none. */
  async function find(where: string): Promise<Fields> {
    try {
      return await call({ method: 'GET', path: where });
    } catch (error) {
      if (isAbsent(error)) return {};
      throw error;
    }
  }

  const stateOf = (room: string, type: string) => find(state(room, type));

  /** Whether a pinned event is ours: only these are taken away. What can't be read stays. */
  async function isOurs(room: string, event: string): Promise<boolean> {
    try {
      const found = await call({ method: 'GET', path: path`client/v3/rooms/${room}/event/${event}` });
      return found.sender === self;
    } catch (error) {
      if (error instanceof ServerRefusal) return false;
      throw error;
    }
  }

  return {
    post: async (room, message, txn) => send(room, 'm.room.message', messageContent(message), txn),
    edit: async (room, event, message, txn) => {
      await send(room, 'm.room.message', editContent(event, message), txn);
    },
    async recard(room, event, card, state, txn) {
      const original = fieldsOf((await find(path`client/v3/rooms/${room}/event/${event}`)).content);
      if (typeof original.body !== 'string') return;
      await send(room, 'm.room.message', recardContent(event, original, card, state), txn);
    },
    async upload(room, file, txn) {
      const content = Buffer.from(file.text, 'utf8');
      const type = 'text/plain; charset=utf-8';
      const stored = await call({
        method: 'POST',
        path: 'media/v3/upload',
        query: { filename: file.name },
        body: content,
        contentType: type,
      });
      const body = {
        msgtype: 'm.file',
        body: file.name,
        filename: file.name,
        url: textOf(stored.content_uri) ?? '',
        info: { mimetype: 'text/plain', size: content.length },
        'm.mentions': {},
        'org.ferry.card': file.card,
        ...(file.thread === undefined ? {} : { 'm.relates_to': threadRelation(file.thread) }),
      };
      return send(room, 'm.room.message', body, txn);
    },
    async react(room, event, emoji) {
      const relation = { rel_type: 'm.annotation', event_id: event, key: emoji };
      try {
        await send(room, 'm.reaction', { 'm.relates_to': relation }, randomUUID());
      } catch (error) {
        // It stands there already: an earlier send whose answer was lost.
        if (error instanceof ServerRefusal && error.errcode === 'M_DUPLICATE_ANNOTATION') return;
        throw error;
      }
    },
    async setTopic(room, topic) {
      if ((await stateOf(room, 'm.room.topic')).topic === topic) return;
      await call({ method: 'PUT', path: state(room, 'm.room.topic'), body: { topic } });
    },
    async pin(room, event) {
      const pinned = fieldsOf(await stateOf(room, 'm.room.pinned_events')).pinned;
      const before = Array.isArray(pinned) ? pinned.filter(one => typeof one === 'string') : [];
      const ours = await Promise.all(before.map(one => isOurs(room, one)));
      const after = before.filter((one, index) => one === event || ours[index] !== true);
      if (event !== undefined && !after.includes(event)) after.push(event);
      if (after.join('\n') === before.join('\n')) return;
      await call({ method: 'PUT', path: state(room, 'm.room.pinned_events'), body: { pinned: after } });
    },
    async leave(room) {
      await call({ method: 'POST', path: path`client/v3/rooms/${room}/leave` });
    },
    async join(room) {
      await call({ method: 'POST', path: path`client/v3/join/${room}` });
    },
  };
}
