import { Refused } from '#core/errors.ts';
import type { MatrixUser } from './matrix-user.ts';
import { type RoomItem, RoomModel } from './room-model.ts';

/** How far back a request is looked for, in events. */
const most = 5_000;

/** The newest request for approval that still stands. @throws Refused code `room-no-request` when there is none. */
export async function newestRequest(user: MatrixUser, room: string): Promise<RoomItem> {
  const model = new RoomModel();
  for await (const page of user.back(room, most)) {
    // Newest first: an edit is known before the message that it closes.
    for (const event of page) model.apply(event);
    const found = model.newestRequest();
    if (found !== undefined) return found;
  }
  throw new Refused('room-no-request', 'No request for approval stands open in this room.');
}
