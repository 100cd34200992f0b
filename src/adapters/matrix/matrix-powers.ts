import { fieldsOf, textOf } from './incoming-event.ts';
import type { Fields } from './matrix-call.ts';

/** What an account may do in a room by its power levels. */
export interface RoomPowers {
  readonly say: boolean;
  readonly react: boolean;
  readonly pin: boolean;
  readonly setTopic: boolean;
}

/**
 * Judges by the room's power levels (Matrix specification, m.room.power_levels: 50 for state and 0 for messages unless told;
 * from room version 12 on creators may do everything).
 *
 * @param create content and sender of m.room.create. @param levels content of m.room.power_levels, empty when there is none.
 */
export function powersOf(account: string, create: Fields & { readonly sender?: string }, levels: Fields): RoomPowers {
  if (isCreator(account, create)) return { say: true, react: true, pin: true, setTopic: true };
  const own = numberOf(fieldsOf(levels.users)[account]) ?? numberOf(levels.users_default) ?? 0;
  const events = fieldsOf(levels.events);
  const may = (type: string, otherwise: number) => own >= (numberOf(events[type]) ?? otherwise);
  const message = numberOf(levels.events_default) ?? 0;
  const state = numberOf(levels.state_default) ?? 50;
  return {
    say: may('m.room.message', message),
    react: may('m.reaction', message),
    pin: may('m.room.pinned_events', state),
    setTopic: may('m.room.topic', state),
  };
}

function isCreator(account: string, create: Fields & { readonly sender?: string }): boolean {
  if (!(Number(textOf(create.room_version) ?? '1') >= 12)) return false;
  const { sender, additional_creators: more } = create;
  return sender === account || (Array.isArray(more) && more.includes(account));
}

/** Old rooms have levels as text. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}
