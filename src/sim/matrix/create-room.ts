import { badRequest } from './matrix-failure.ts';
import { type Fields, fieldsOf, isFields, textOf } from './matrix-state.ts';
import { invite, setMembership } from './membership.ts';
import type { RoomStore } from './room-store.ts';

/** What `POST /createRoom` takes, as far as it is known here. */
export interface RoomWish {
  readonly name?: string | undefined;
  readonly topic?: string | undefined;
  /** Local part of the alias. */
  readonly alias?: string | undefined;
  readonly isPublic: boolean;
  readonly invites: readonly string[];
  readonly initialState: readonly Fields[];
  /** Overrides fields of the default power levels. */
  readonly powerLevels: Fields;
  /** The name that scripts know the room by. */
  readonly key?: string;
}

/** Makes a room of version 10 whose creator has joined it, and returns its id. */
export function createRoom(store: RoomStore, creator: string, wish: RoomWish): string {
  const alias = wish.alias === undefined ? undefined : `#${wish.alias}:${store.serverName}`;
  if (alias !== undefined && store.state.aliases[alias] !== undefined) {
    throw badRequest('M_ROOM_IN_USE', 'Room alias already taken');
  }
  const room = store.addRoom('10', wish.key);
  const state = (type: string, content: Fields, stateKey = '') =>
    store.append({ room, sender: creator, type, stateKey, content }, 'create-room');
  state('m.room.create', { creator, room_version: '10' });
  setMembership(store, { room, by: creator, of: creator, membership: 'join' }, 'create-room');
  state('m.room.power_levels', { ...defaultPowerLevels(creator), ...wish.powerLevels });
  if (alias !== undefined) {
    store.state.aliases[alias] = room;
    state('m.room.canonical_alias', { alias });
  }
  state('m.room.join_rules', { join_rule: wish.isPublic ? 'public' : 'invite' });
  state('m.room.history_visibility', { history_visibility: 'shared' });
  for (const one of wish.initialState) {
    const type = textOf(one.type);
    if (type === undefined) throw badRequest('M_BAD_JSON', 'initial_state needs a type');
    state(type, fieldsOf(one.content), textOf(one.state_key) ?? '');
  }
  if (wish.name !== undefined) state('m.room.name', { name: wish.name });
  if (wish.topic !== undefined) state('m.room.topic', { topic: wish.topic });
  for (const user of wish.invites) invite(store, room, creator, user);
  return room;
}

export function roomWish(body: Fields): RoomWish {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  return {
    name: textOf(body.name),
    topic: textOf(body.topic),
    alias: textOf(body.room_alias_name),
    isPublic: body.preset === 'public_chat' || (body.preset === undefined && body.visibility === 'public'),
    invites: list(body.invite).filter(one => typeof one === 'string'),
    initialState: list(body.initial_state).filter(isFields),
    powerLevels: fieldsOf(body.power_level_content_override),
  };
}

function defaultPowerLevels(creator: string): Fields {
  return {
    users: { [creator]: 100 },
    users_default: 0,
    events: {
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.encryption': 100,
      'm.room.tombstone': 100,
      'm.room.server_acl': 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: 0,
  };
}
