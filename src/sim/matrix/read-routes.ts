import { clientEvent } from './client-event.ts';
import { mayRead } from './history.ts';
import { badRequest, MatrixFailure, notFound } from './matrix-failure.ts';
import { type Fields, isFields, type MatrixEvent, textOf } from './matrix-state.ts';
import { requireJoined } from './permissions.ts';
import { relationType } from './room-store.ts';
import type { MatrixRequest, Route } from './route.ts';
import { type EventFilter, eventFilter, passes } from './sync-filter.ts';

/** Tokens of positions: `s12` stands after the event at 12, `t12` just before it. Both are taken wherever one is. */
export function positionOf(token: string | null): number | undefined {
  if (token === null || token === '') return undefined;
  const found = /^([st])(\d+)$/.exec(token);
  if (found === null) throw badRequest('M_INVALID_PARAM', 'Invalid token');
  return Number(found[2]) - (found[1] === 't' ? 1 : 0);
}

function limitOf(query: URLSearchParams, otherwise: number): number {
  const given = query.get('limit');
  if (given === null) return otherwise;
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest('M_INVALID_PARAM', 'limit is not a number');
  return Math.min(limit, 1_000);
}

function joinedRoom({ store, user, params }: MatrixRequest): string {
  const room = params.room ?? '';
  requireJoined(store, room, user);
  return room;
}

function messages(request: MatrixRequest): Fields {
  const { store, user, device, query } = request;
  const room = joinedRoom(request);
  const back = query.get('dir') !== 'f';
  const end = store.state.position;
  const from = positionOf(query.get('from')) ?? (back ? end : 0);
  const to = positionOf(query.get('to'));
  const filter: EventFilter = eventFilter(parsed(query.get('filter')));
  const inside = (event: MatrixEvent) =>
    back
      ? event.position <= from && (to === undefined || event.position > to)
      : event.position > from && (to === undefined || event.position <= to);
  const all = store
    .timeline(room)
    .filter(event => inside(event) && passes(filter, event, room) && mayRead(store, room, user, event));
  const ordered = back ? all.toReversed() : all;
  const chunk = ordered.slice(0, limitOf(query, 10));
  const last = chunk.at(-1);
  const more = ordered.length > chunk.length && last !== undefined;
  return {
    start: `s${from}`,
    ...(more ? { end: `${back ? 't' : 's'}${last.position}` } : {}),
    chunk: chunk.map(event => clientEvent(store, event, device)),
    state: [],
  };
}

function parsed(text: string | null): Fields {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // Falls through to the one refusal below.
  }
  throw badRequest('M_INVALID_PARAM', 'filter is not a JSON object');
}

function context(request: MatrixRequest): Fields {
  const { store, device, query } = request;
  const room = joinedRoom(request);
  const event = store.get(room, request.params.event ?? '');
  const half = Math.floor(limitOf(query, 10) / 2);
  const timeline = store.timeline(room);
  const at = timeline.indexOf(event);
  const before = timeline.slice(Math.max(0, at - half), at).toReversed();
  const after = timeline.slice(at + 1, at + 1 + half);
  const show = (one: MatrixEvent) => clientEvent(store, one, device);
  return {
    event: show(event),
    events_before: before.map(show),
    events_after: after.map(show),
    state: store.stateBefore(room, event.position).map(show),
    start: `t${(before.at(-1) ?? event).position}`,
    end: `s${(after.at(-1) ?? event).position}`,
  };
}

function relations(request: MatrixRequest): Fields {
  const { store, user, device, query, params } = request;
  const room = joinedRoom(request);
  const parent = store.find(room, params.event ?? '');
  // As Synapse words it.
  if (parent === undefined) throw new MatrixFailure(404, 'M_UNKNOWN', 'Unknown parent event.');
  const back = query.get('dir') !== 'f';
  const from = positionOf(query.get('from'));
  const fits = (event: MatrixEvent) =>
    mayRead(store, room, user, event) &&
    (params.relation === undefined || relationType(event) === params.relation) &&
    (params.type === undefined || event.type === params.type) &&
    (from === undefined || (back ? event.position <= from : event.position > from));
  const all = store.related(parent.event_id).filter(fits);
  const ordered = back ? all.toReversed() : all;
  // Synapse gives 5 unless told, at most 100.
  const chunk = ordered.slice(0, Math.min(100, Math.max(1, limitOf(query, 5))));
  const last = chunk.at(-1);
  return {
    chunk: chunk.map(event => clientEvent(store, event, device)),
    ...(ordered.length > chunk.length && last !== undefined
      ? { next_batch: `${back ? 't' : 's'}${last.position}` }
      : {}),
  };
}

function members(request: MatrixRequest): Fields {
  const { store, device, query } = request;
  const room = joinedRoom(request);
  const [only, not] = [query.get('membership'), query.get('not_membership')];
  const chunk = store.current(room).filter(event => {
    const membership = textOf(event.content.membership);
    return (
      event.type === 'm.room.member' && (only === null || membership === only) && (not === null || membership !== not)
    );
  });
  return { chunk: chunk.map(event => clientEvent(store, event, device)) };
}

function joinedMembers(request: MatrixRequest): Fields {
  const room = joinedRoom(request);
  const joined: Fields = {};
  for (const event of request.store.current(room)) {
    if (event.type !== 'm.room.member' || event.content.membership !== 'join') continue;
    joined[event.state_key ?? ''] = { display_name: event.content.displayname ?? null };
  }
  return { joined };
}

const roomPath = 'client/v3/rooms/:room';
const relationsPath = 'client/v1/rooms/:room/relations/:event';

export const readRoutes: readonly Route[] = [
  {
    method: 'GET',
    paths: ['client/v3/joined_rooms'],
    action: 'joined-rooms',
    handle: ({ store, user }) => ({
      joined_rooms: store.rooms().filter(room => store.membership(room, user) === 'join'),
    }),
  },
  {
    method: 'GET',
    paths: [`${roomPath}/state`],
    action: 'read-state',
    handle: request => {
      const room = joinedRoom(request);
      return request.store.current(room).map(event => clientEvent(request.store, event, request.device));
    },
  },
  { method: 'GET', paths: [`${roomPath}/messages`], action: 'messages', handle: messages },
  {
    method: 'GET',
    paths: [`${roomPath}/event/:event`],
    action: 'event',
    handle: request => {
      const room = joinedRoom(request);
      const event = request.store.get(room, request.params.event ?? '');
      if (!mayRead(request.store, room, request.user, event)) throw notFound('Event not found.');
      return clientEvent(request.store, event, request.device);
    },
  },
  { method: 'GET', paths: [`${roomPath}/context/:event`], action: 'context', handle: context },
  {
    method: 'GET',
    paths: [relationsPath, `${relationsPath}/:relation`, `${relationsPath}/:relation/:type`],
    action: 'relations',
    handle: relations,
  },
  { method: 'GET', paths: [`${roomPath}/members`], action: 'members', handle: members },
  { method: 'GET', paths: [`${roomPath}/joined_members`], action: 'members', handle: joinedMembers },
  {
    method: 'GET',
    paths: [`${roomPath}/aliases`],
    action: 'aliases',
    handle: request => {
      const room = joinedRoom(request);
      const all = Object.entries(request.store.state.aliases);
      return { aliases: all.filter(([, id]) => id === room).map(([alias]) => alias) };
    },
  },
  {
    method: 'GET',
    paths: ['client/v1/rooms/:room/threads'],
    action: 'threads',
    handle: request => {
      const { store, device } = request;
      const room = joinedRoom(request);
      const roots = store
        .timeline(room)
        .filter(event => store.related(event.event_id).some(one => relationType(one) === 'm.thread'));
      return { chunk: roots.toReversed().map(event => clientEvent(store, event, device)) };
    },
  },
];
