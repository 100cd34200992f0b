import { clientEvent } from './client-event.ts';
import { createRoom, roomWish } from './create-room.ts';
import { badRequest, forbidden, MatrixFailure, notFound } from './matrix-failure.ts';
import { type Fields, fieldsOf, isFields, type MatrixEvent, textOf } from './matrix-state.ts';
import { ban, invite, join, kick, leave, unban } from './membership.ts';
import { requireJoined, requirePowerChange, requireTo, requireToSend } from './permissions.ts';
import { type RoomStore, relationType } from './room-store.ts';
import type { MatrixRequest, Route } from './route.ts';

/** A server refuses events above this size (Client-Server API, "Size limits"), in bytes of JSON. */
const maxEvent = 65_536;

function param(request: MatrixRequest, name: string): string {
  return request.params[name] ?? '';
}

function targetUser(body: Fields): string {
  const user = textOf(body.user_id);
  if (user === undefined) throw badRequest('M_MISSING_PARAM', "Missing params: ['user_id']");
  return user;
}

/** The same device, room, type and transaction id give the same event again. */
function once(request: MatrixRequest, what: string, make: (id: string) => MatrixEvent): Fields {
  const id = param(request, 'txn');
  const key = [request.device, request.user, param(request, 'room'), what, id].join('\0');
  const known = request.store.state.transactions[key];
  if (known !== undefined) return { event_id: known };
  const event = make(id);
  request.store.state.transactions[key] = event.event_id;
  request.store.save();
  return { event_id: event.event_id };
}

function send(request: MatrixRequest): Fields {
  const { store, user, device, body } = request;
  const [room, type] = [param(request, 'room'), param(request, 'type')];
  return once(request, type, id => {
    requireToSend(store, room, user, type, false);
    if (type === 'm.room.redaction') throw badRequest('M_UNKNOWN', 'Use /redact');
    requireSize(body);
    requireNewReaction(store, room, user, body);
    return store.append({ room, sender: user, type, content: body, transaction: { device, id } }, 'send');
  });
}

function requireSize(content: Fields): void {
  if (Buffer.byteLength(JSON.stringify(content)) > maxEvent - 1_000) {
    throw new MatrixFailure(413, 'M_TOO_LARGE', 'event too large');
  }
}

/** As Synapse: one account annotates an event with one key once. */
function requireNewReaction(store: RoomStore, room: string, user: string, content: Fields): void {
  const relation = fieldsOf(content['m.relates_to']);
  if (relation.rel_type !== 'm.annotation') return;
  const [parent, key] = [textOf(relation.event_id) ?? '', relation.key];
  if (store.find(room, parent) === undefined) {
    throw badRequest('M_UNKNOWN', "Can't send relation to unknown event");
  }
  const same = (one: MatrixEvent) =>
    one.sender === user && relationType(one) === 'm.annotation' && fieldsOf(one.content['m.relates_to']).key === key;
  if (store.related(parent).some(same)) {
    throw badRequest('M_DUPLICATE_ANNOTATION', "Can't send same reaction twice");
  }
}

function redact(request: MatrixRequest): Fields {
  const { store, user, device, body } = request;
  const [room, target] = [param(request, 'room'), param(request, 'event')];
  return once(request, `redact ${target}`, id => {
    requireToSend(store, room, user, 'm.room.redaction', false);
    const event = store.get(room, target);
    if (event.sender !== user) requireTo(store, room, user, 'redact');
    const reason = textOf(body.reason);
    const content = reason === undefined ? {} : { reason };
    return store.redact(
      event,
      { room, sender: user, type: 'm.room.redaction', content, transaction: { device, id } },
      'redact',
    );
  });
}

function setState(request: MatrixRequest): Fields {
  const { store, user, body } = request;
  const [room, type, stateKey] = [param(request, 'room'), param(request, 'type'), request.params.key ?? ''];
  if (type === 'm.room.member') return setMember(request, room, stateKey);
  requireToSend(store, room, user, type, true);
  if (stateKey.startsWith('@') && stateKey !== user) throw forbidden('You are not allowed to set others state');
  if (type === 'm.room.power_levels') requirePowerChange(store, room, user, body);
  requireSize(body);
  const now = store.stateEvent(room, type, stateKey);
  // As Synapse: the same state again is the same event.
  if (now !== undefined && now.sender === user && JSON.stringify(now.content) === JSON.stringify(body)) {
    return { event_id: now.event_id };
  }
  return { event_id: store.append({ room, sender: user, type, stateKey, content: body }, 'state').event_id };
}

/** A member event that is written as state is the same as the call of that name. */
function setMember({ store, user, body }: MatrixRequest, room: string, of: string): Fields {
  const reason = textOf(body.reason);
  if (body.membership === 'join' && of === user) join(store, room, user);
  else if (body.membership === 'leave' && of === user) leave(store, room, user, reason);
  else if (body.membership === 'leave') kick(store, room, user, of, reason);
  else if (body.membership === 'ban') ban(store, room, user, of, reason);
  else if (body.membership === 'invite') invite(store, room, user, of, reason);
  else throw forbidden('Not a membership that this user may set');
  return { event_id: store.stateEvent(room, 'm.room.member', of)?.event_id ?? '' };
}

function readState(request: MatrixRequest): unknown {
  const { store, user, device, query } = request;
  const room = param(request, 'room');
  requireJoined(store, room, user);
  const event = store.stateEvent(room, param(request, 'type'), request.params.key ?? '');
  if (event === undefined) throw notFound('Event not found.');
  return query.get('format') === 'event' ? clientEvent(store, event, device) : event.content;
}

function joinRoom(request: MatrixRequest): Fields {
  const given = param(request, 'room');
  const room = given.startsWith('#') ? request.store.state.aliases[given] : given;
  if (room === undefined || request.store.state.rooms[room] === undefined) {
    throw notFound(`No known servers or room: ${given}`);
  }
  join(request.store, room, request.user);
  return { room_id: room };
}

const roomPath = 'client/v3/rooms/:room';
const act =
  (what: (request: MatrixRequest, room: string, reason: string | undefined) => void) => (request: MatrixRequest) => {
    what(request, param(request, 'room'), textOf(request.body.reason));
    return {};
  };

export const roomRoutes: readonly Route[] = [
  {
    method: 'POST',
    paths: ['client/v3/createRoom'],
    action: 'create-room',
    handle: ({ store, user, body }) => ({ room_id: createRoom(store, user, roomWish(body)) }),
  },
  { method: 'PUT', paths: [`${roomPath}/send/:type/:txn`], action: 'send', handle: send },
  { method: 'PUT', paths: [`${roomPath}/redact/:event/:txn`], action: 'redact', handle: redact },
  {
    method: 'PUT',
    paths: [`${roomPath}/state/:type`, `${roomPath}/state/:type/:key`],
    action: 'state',
    handle: setState,
  },
  {
    method: 'GET',
    paths: [`${roomPath}/state/:type`, `${roomPath}/state/:type/:key`],
    action: 'read-state',
    handle: readState,
  },
  { method: 'POST', paths: ['client/v3/join/:room', `${roomPath}/join`], action: 'join', handle: joinRoom },
  {
    method: 'POST',
    paths: [`${roomPath}/leave`],
    action: 'leave',
    handle: act(({ store, user }, room, reason) => leave(store, room, user, reason)),
  },
  {
    method: 'POST',
    paths: [`${roomPath}/forget`],
    action: 'forget',
    handle: () => ({}),
  },
  {
    method: 'POST',
    paths: [`${roomPath}/invite`],
    action: 'invite',
    handle: act(({ store, user, body }, room, reason) => invite(store, room, user, targetUser(body), reason)),
  },
  {
    method: 'POST',
    paths: [`${roomPath}/kick`],
    action: 'kick',
    handle: act(({ store, user, body }, room, reason) => kick(store, room, user, targetUser(body), reason)),
  },
  {
    method: 'POST',
    paths: [`${roomPath}/ban`],
    action: 'ban',
    handle: act(({ store, user, body }, room, reason) => ban(store, room, user, targetUser(body), reason)),
  },
  {
    method: 'POST',
    paths: [`${roomPath}/unban`],
    action: 'unban',
    handle: act(({ store, user, body }, room, reason) => unban(store, room, user, targetUser(body), reason)),
  },
  {
    method: 'POST',
    paths: [`${roomPath}/receipt/:type/:event`, `${roomPath}/read_markers`],
    action: 'receipt',
    handle: ({ store, user, params }) => {
      requireJoined(store, params.room ?? '', user);
      return {};
    },
  },
  {
    method: 'PUT',
    paths: [`${roomPath}/typing/:user`],
    action: 'typing',
    handle: ({ store, user, params, body }) => {
      requireJoined(store, params.room ?? '', user);
      if (!isFields(body)) throw badRequest('M_BAD_JSON', 'Not an object');
      return {};
    },
  },
];
