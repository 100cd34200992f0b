import { forbidden } from './matrix-failure.ts';
import { type Fields, fieldsOf, isFields, textOf } from './matrix-state.ts';
import type { RoomStore } from './room-store.ts';

type Action = 'ban' | 'kick' | 'redact' | 'invite';

const defaults: Readonly<Record<Action, number>> = { ban: 50, kick: 50, redact: 50, invite: 0 };

function levels(store: RoomStore, room: string): Fields {
  return store.stateEvent(room, 'm.room.power_levels')?.content ?? {};
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** A user's power in a room; the creator's is 100 where no power levels are set. */
export function powerOf(store: RoomStore, room: string, user: string): number {
  if (store.stateEvent(room, 'm.room.power_levels') === undefined) {
    return store.stateEvent(room, 'm.room.create')?.sender === user ? 100 : 0;
  }
  const content = levels(store, room);
  return numberOf(fieldsOf(content.users)[user], numberOf(content.users_default, 0));
}

/** @throws MatrixFailure M_FORBIDDEN, as Synapse words it. */
export function requireJoined(store: RoomStore, room: string, user: string): void {
  if (store.membership(room, user) !== 'join') throw forbidden(`User ${user} not in room ${room}`);
}

/** What power an event type needs: its own, or the default for state (50) or messages (0). */
export function requireToSend(store: RoomStore, room: string, user: string, type: string, isState: boolean): void {
  requireJoined(store, room, user);
  const content = levels(store, room);
  const fallback = isState ? numberOf(content.state_default, 50) : numberOf(content.events_default, 0);
  const needed = numberOf(fieldsOf(content.events)[type], fallback);
  const has = powerOf(store, room, user);
  if (has < needed) {
    throw forbidden(`You don't have permission to post that to the room. user_level (${has}) < send_level (${needed})`);
  }
}

export function requireTo(store: RoomStore, room: string, user: string, action: Action): void {
  requireJoined(store, room, user);
  const needed = numberOf(levels(store, room)[action], defaults[action]);
  if (powerOf(store, room, user) < needed) throw forbidden(`You don't have permission to ${action}`);
}

/** Removing somebody needs more power than they have. */
export function requireAbove(store: RoomStore, room: string, user: string, other: string): void {
  if (powerOf(store, room, user) <= powerOf(store, room, other)) {
    throw forbidden(`You cannot remove ${other}: their power is not below yours`);
  }
}

/** Nobody gives a power above their own, and nobody changes that of an equal. */
export function requirePowerChange(store: RoomStore, room: string, user: string, next: Fields): void {
  const own = powerOf(store, room, user);
  const before = fieldsOf(levels(store, room).users);
  const after = fieldsOf(next.users);
  if (next.users !== undefined && !isFields(next.users)) throw forbidden('users is not a dictionary');
  for (const account of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const old = numberOf(before[account], 0);
    const fresh = numberOf(after[account], 0);
    if (old === fresh) continue;
    if (fresh > own) throw forbidden("You don't have permission to add ops level greater than your own");
    if (account !== user && old >= own) {
      throw forbidden("You don't have permission to remove ops level equal to your own");
    }
  }
}

/** Whether a room lets somebody in who wasn't invited. */
export function isPublic(store: RoomStore, room: string): boolean {
  return textOf(store.stateEvent(room, 'm.room.join_rules')?.content.join_rule) === 'public';
}
