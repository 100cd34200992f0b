import { type Fields, type MatrixEvent, textOf } from './matrix-state.ts';
import { type RoomStore, relationType } from './room-store.ts';

/** An event as a client sees it: with its age, the redaction that stripped it, and what is bundled of its relations. */
export function clientEvent(store: RoomStore, event: MatrixEvent, device: string): Fields {
  return { ...bareEvent(event), unsigned: unsigned(store, event, device, true) };
}

/** As `/sync` gives it: the room is known there. */
export function syncEvent(store: RoomStore, event: MatrixEvent, device: string): Fields {
  const { room_id: _room, ...rest } = clientEvent(store, event, device);
  return rest;
}

/** The few fields that somebody sees who is only invited. */
export function strippedEvent(event: MatrixEvent): Fields {
  return {
    type: event.type,
    state_key: event.state_key ?? '',
    sender: event.sender,
    content: event.content,
  };
}

function bareEvent(event: MatrixEvent): Fields {
  return {
    event_id: event.event_id,
    room_id: event.room_id,
    sender: event.sender,
    type: event.type,
    ...(event.state_key === undefined ? {} : { state_key: event.state_key }),
    content: event.content,
    origin_server_ts: event.origin_server_ts,
    ...(event.redacts === undefined ? {} : { redacts: event.redacts }),
  };
}

function unsigned(store: RoomStore, event: MatrixEvent, device: string, bundle: boolean): Fields {
  const redaction = event.redactedBy === undefined ? undefined : store.find(event.room_id, event.redactedBy);
  const relations = bundle ? bundled(store, event, device) : {};
  return {
    age: Math.max(0, Date.now() - event.origin_server_ts),
    ...(event.previous === undefined ? {} : { prev_content: event.previous, replaces_state: event.replaces }),
    ...(event.transaction?.device === device ? { transaction_id: event.transaction.id } : {}),
    ...(redaction === undefined ? {} : { redacted_by: redaction.event_id, redacted_because: bareEvent(redaction) }),
    ...(Object.keys(relations).length === 0 ? {} : { 'm.relations': relations }),
  };
}

/** The newest valid edit: of the same sender and type, itself not redacted. */
export function newestEdit(store: RoomStore, event: MatrixEvent): MatrixEvent | undefined {
  return store
    .related(event.event_id)
    .findLast(one => relationType(one) === 'm.replace' && one.sender === event.sender && one.type === event.type);
}

function bundled(store: RoomStore, event: MatrixEvent, device: string): Fields {
  if (event.redactedBy !== undefined) return {};
  const edit = event.state_key === undefined ? newestEdit(store, event) : undefined;
  const replies = store.related(event.event_id).filter(one => relationType(one) === 'm.thread');
  const latest = replies.at(-1);
  return {
    ...(edit === undefined
      ? {}
      : { 'm.replace': { ...bareEvent(edit), unsigned: unsigned(store, edit, device, false) } }),
    ...(latest === undefined
      ? {}
      : {
          'm.thread': {
            latest_event: { ...bareEvent(latest), unsigned: unsigned(store, latest, device, false) },
            count: replies.length,
            current_user_participated: replies.some(one => one.sender === userOf(store, device)),
          },
        }),
  };
}

/** The account that a device (an access token) belongs to. */
function userOf(store: RoomStore, device: string): string | undefined {
  return textOf(Object.values(store.state.tokens).find(one => one.device === device)?.user);
}
