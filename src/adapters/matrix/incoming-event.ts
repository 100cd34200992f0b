import type { Incoming, Member, Placed } from '#ports/chat.ts';
import { withAccountFirst } from './leading-pill.ts';
import type { Fields } from './matrix-call.ts';

/** Event types that the feed asks the server for. */
export const wantedTypes: readonly string[] = [
  'm.room.message',
  'm.reaction',
  'm.room.redaction',
  'm.room.member',
  'm.room.power_levels',
  'm.room.encryption',
  'm.room.tombstone',
  'm.room.history_visibility',
];

const ofRoom: readonly unknown[] = ['m.room.encryption', 'm.room.tombstone', 'm.room.history_visibility'];

export const memberships: Readonly<Record<string, Member['membership']>> = {
  join: 'join',
  invite: 'invite',
  leave: 'leave',
  ban: 'ban',
  // Asking to be let in is not being in.
  knock: 'leave',
};

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/**
 * An event of the network as the port's; undefined for what nobody needs to hear: our own, edits, notices, redacted ones.
 *
 * @param names our display names in the room, by which a client may address us.
 */
export function incomingEvent(
  room: string,
  raw: Fields,
  self: string,
  names: readonly string[] = [],
): Incoming | undefined {
  const [id, sender] = [textOf(raw.event_id), textOf(raw.sender)];
  if (id === undefined || sender === undefined) return undefined;
  const base = { room, id, sender, at: typeof raw.origin_server_ts === 'number' ? raw.origin_server_ts : 0 };
  if (raw.type === 'm.room.member' && raw.state_key === self) return placed(base, raw);
  if (raw.type === 'm.room.member' || raw.type === 'm.room.power_levels') return { type: 'members', ...base };
  if (ofRoom.includes(raw.type)) return { type: 'room-changed', ...base };
  if (sender === self) return undefined;
  const content = fieldsOf(raw.content);
  switch (raw.type) {
    case 'm.room.message':
      return said(base, content, self, names);
    case 'm.reaction': {
      const relation = fieldsOf(content['m.relates_to']);
      const to = textOf(relation.event_id);
      if (relation.rel_type !== 'm.annotation' || to === undefined) return undefined;
      return { type: 'reacted', ...base, to, emoji: textOf(relation.key) };
    }
    case 'm.room.redaction': {
      // Room version 11 moved it into the content.
      const what = textOf(raw.redacts) ?? textOf(content.redacts);
      return what === undefined ? undefined : { type: 'deleted', ...base, what };
    }
    default:
      return undefined;
  }
}

/** Our own member event; a changed name or picture isn't news. */
function placed(base: Omit<Placed, 'type' | 'membership'>, raw: Fields): Placed | undefined {
  const membership = memberships[textOf(fieldsOf(raw.content).membership) ?? ''];
  if (membership === undefined || (membership === 'join' && !isOwnJoin(raw, textOf(raw.state_key) ?? '')))
    return undefined;
  return { type: 'placed', ...base, membership };
}

function said(
  base: { readonly room: string; readonly id: string; readonly sender: string; readonly at: number },
  content: Fields,
  self: string,
  names: readonly string[],
): Incoming | undefined {
  const body = textOf(content.body);
  const relation = fieldsOf(content['m.relates_to']);
  if (content.msgtype !== 'm.text' || body === undefined || relation.rel_type === 'm.replace') return undefined;
  const isThread = relation.rel_type === 'm.thread';
  const fallback = isThread && relation.is_falling_back === true;
  const inReplyTo = fallback ? undefined : textOf(fieldsOf(relation['m.in_reply_to']).event_id);
  const unquoted = inReplyTo === undefined ? body : withoutQuote(body);
  const mentioned = mentions(content, unquoted, self);
  // By a display name only who is mentioned besides is meant: a name is nobody's own.
  const html = content.format === 'org.matrix.custom.html' ? textOf(content.formatted_body) : undefined;
  const addressed = withAccountFirst(unquoted, html, self, mentioned ? names : []);
  const text = addressed ?? unquoted;
  return {
    type: 'said',
    ...base,
    text,
    thread: isThread ? textOf(relation.event_id) : undefined,
    inReplyTo,
    mentionsUs: mentioned || addressed !== undefined,
    waited: 0,
  };
}

/** Takes away the quoted block that older clients put before a reply ("> <@bob:example.org> …", Client-Server API, "Fallbacks for rich replies"). */
export function withoutQuote(body: string): string {
  if (!/^> (\* )?<[@!#]/.test(body)) return body;
  const lines = body.split('\n');
  const end = lines.findIndex(line => !line.startsWith('>'));
  if (end === -1) return '';
  return lines.slice(lines[end] === '' ? end + 1 : end).join('\n');
}

/** A client says whom a message mentions; only where it says nothing is the text looked at. */
function mentions(content: Fields, text: string, self: string): boolean {
  const said = content['m.mentions'];
  if (said === undefined) return text.includes(self);
  const users = fieldsOf(said).user_ids;
  return Array.isArray(users) && users.includes(self);
}

/** Whether we are mentioned in a message that may begin with a display name of ours, which has to be known then. */
export function mayBeginWithName(raw: Fields, self: string): boolean {
  const content = fieldsOf(raw.content);
  const body = textOf(content.body) ?? '';
  return raw.type === 'm.room.message' && mentions(content, body, self) && !/^\s*!/.test(body);
}

/** Whether the event is our own coming into the room (a changed display name isn't). */
export function isOwnJoin(raw: Fields, self: string): boolean {
  if (raw.type !== 'm.room.member' || raw.state_key !== self) return false;
  const before = fieldsOf(fieldsOf(raw.unsigned).prev_content ?? raw.prev_content);
  return fieldsOf(raw.content).membership === 'join' && before.membership !== 'join';
}
