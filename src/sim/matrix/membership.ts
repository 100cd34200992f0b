import { forbidden } from './matrix-failure.ts';
import type { Fields, MatrixEvent } from './matrix-state.ts';
import { isPublic, requireAbove, requireTo } from './permissions.ts';
import type { RoomStore } from './room-store.ts';

/** Somebody's own or another's place in a room changes. `reason` is shown to all. */
interface MembershipChange {
  readonly room: string;
  readonly by: string;
  readonly of: string;
  readonly membership: 'join' | 'invite' | 'leave' | 'ban';
  readonly reason?: string | undefined;
}

export function join(store: RoomStore, room: string, user: string): MatrixEvent | undefined {
  const now = store.membership(room, user);
  if (now === 'join') return undefined;
  if (now === 'ban') throw forbidden('You are banned from this room');
  if (now !== 'invite' && !isPublic(store, room)) throw forbidden('You are not invited to this room.');
  return setMembership(store, { room, by: user, of: user, membership: 'join' }, 'join');
}

export function leave(store: RoomStore, room: string, user: string, reason?: string): void {
  const now = store.membership(room, user);
  if (now === 'leave') return;
  if (now !== 'join' && now !== 'invite') throw forbidden(`User ${user} not in room ${room}`);
  setMembership(store, { room, by: user, of: user, membership: 'leave', reason }, 'leave');
}

export function invite(store: RoomStore, room: string, by: string, of: string, reason?: string): void {
  requireTo(store, room, by, 'invite');
  const now = store.membership(room, of);
  if (now === 'join') throw forbidden(`${of} is already in the room.`);
  if (now === 'ban') throw forbidden(`${of} is banned from the room`);
  setMembership(store, { room, by, of, membership: 'invite', reason }, 'invite');
}

export function kick(store: RoomStore, room: string, by: string, of: string, reason?: string): void {
  requireTo(store, room, by, 'kick');
  requireAbove(store, room, by, of);
  const now = store.membership(room, of);
  if (now !== 'join' && now !== 'invite') throw forbidden('The target user is not in the room');
  setMembership(store, { room, by, of, membership: 'leave', reason }, 'kick');
}

export function ban(store: RoomStore, room: string, by: string, of: string, reason?: string): void {
  requireTo(store, room, by, 'ban');
  requireAbove(store, room, by, of);
  setMembership(store, { room, by, of, membership: 'ban', reason }, 'ban');
}

export function unban(store: RoomStore, room: string, by: string, of: string, reason?: string): void {
  requireTo(store, room, by, 'ban');
  if (store.membership(room, of) !== 'ban') throw forbidden(`${of} is not banned`);
  setMembership(store, { room, by, of, membership: 'leave', reason }, 'unban');
}

/** Writes the member event without asking whether it may. */
export function setMembership(store: RoomStore, change: MembershipChange, action: string): MatrixEvent {
  const account = store.state.users[change.of];
  const content: Fields = {
    membership: change.membership,
    ...(!account?.displayName || change.membership === 'leave' ? {} : { displayname: account.displayName }),
    // Synapse writes this into the member event of a guest: the only sign of it that others can read.
    ...(account?.guest === true && change.membership === 'join' ? { kind: 'guest' } : {}),
    ...(change.reason === undefined ? {} : { reason: change.reason }),
  };
  return store.append(
    { room: change.room, sender: change.by, type: 'm.room.member', stateKey: change.of, content },
    action,
  );
}
