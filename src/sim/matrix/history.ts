import type { MatrixEvent } from './matrix-state.ts';
import type { RoomStore } from './room-store.ts';

/** Who comes in reads all that was said: where nothing else was ever set, which is most rooms. */
const open: readonly unknown[] = ['shared', 'world_readable', undefined];

/**
 * Whether somebody in a room may read an event by the room's history visibility as it was then (Client-Server API, "Room
 * history visibility"). One's own coming and going may always be read.
 */
export function mayRead(store: RoomStore, room: string, user: string, event: MatrixEvent): boolean {
  const everHidden = store
    .timeline(room)
    .some(one => one.type === 'm.room.history_visibility' && !open.includes(one.content.history_visibility));
  if (!everHidden || (event.type === 'm.room.member' && event.state_key === user)) return true;
  const then = store.stateBefore(room, event.position);
  const visibility = then.find(one => one.type === 'm.room.history_visibility')?.content.history_visibility;
  if (open.includes(visibility)) return true;
  const membership = then.find(one => one.type === 'm.room.member' && one.state_key === user)?.content.membership;
  return membership === 'join' || (visibility === 'invited' && membership === 'invite');
}
