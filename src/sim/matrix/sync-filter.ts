import { badRequest } from './matrix-failure.ts';
import { type Fields, fieldsOf, isFields, type MatrixEvent } from './matrix-state.ts';
import type { RoomStore } from './room-store.ts';

/** Which events a client wants (Client-Server API, "Filtering"). An absent list lets everything pass. */
export interface EventFilter {
  readonly limit: number | undefined;
  readonly types: readonly string[] | undefined;
  readonly notTypes: readonly string[];
  readonly senders: readonly string[] | undefined;
  readonly notSenders: readonly string[];
  readonly rooms: readonly string[] | undefined;
  readonly notRooms: readonly string[];
}

export interface SyncFilter {
  readonly timeline: EventFilter;
  readonly state: EventFilter;
  readonly accountData: EventFilter;
  readonly includeLeave: boolean;
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : undefined;
}

export function eventFilter(given: Fields, room: Fields = {}): EventFilter {
  return {
    limit: typeof given.limit === 'number' ? given.limit : undefined,
    types: strings(given.types),
    notTypes: strings(given.not_types) ?? [],
    senders: strings(given.senders),
    notSenders: strings(given.not_senders) ?? [],
    rooms: strings(given.rooms) ?? strings(room.rooms),
    notRooms: [...(strings(given.not_rooms) ?? []), ...(strings(room.not_rooms) ?? [])],
  };
}

function typeFits(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}

export function passes(filter: EventFilter, event: Pick<MatrixEvent, 'type' | 'sender'>, room: string): boolean {
  if (filter.types !== undefined && !filter.types.some(pattern => typeFits(pattern, event.type))) return false;
  if (filter.notTypes.some(pattern => typeFits(pattern, event.type))) return false;
  if (filter.senders !== undefined && !filter.senders.includes(event.sender)) return false;
  if (filter.notSenders.includes(event.sender)) return false;
  if (filter.rooms !== undefined && !filter.rooms.includes(room)) return false;
  return !filter.notRooms.includes(room);
}

/** The filter that a request names: JSON in place, or the id of one that was saved. */
export function syncFilter(store: RoomStore, user: string, given: string | null): SyncFilter {
  const filter = given === null ? {} : readFilter(store, user, given);
  const room = fieldsOf(filter.room);
  return {
    timeline: eventFilter(fieldsOf(room.timeline), room),
    state: eventFilter(fieldsOf(room.state), room),
    accountData: eventFilter(fieldsOf(filter.account_data)),
    includeLeave: room.include_leave === true,
  };
}

function readFilter(store: RoomStore, user: string, given: string): Fields {
  if (!given.startsWith('{')) {
    const saved = store.state.users[user]?.filters[Number(given)];
    if (saved === undefined) throw badRequest('M_INVALID_PARAM', 'No such filter');
    return saved;
  }
  try {
    const value: unknown = JSON.parse(given);
    if (isFields(value)) return value;
  } catch {
    // Falls through to the one refusal below.
  }
  throw badRequest('M_NOT_JSON', 'Failed to parse filter JSON');
}
