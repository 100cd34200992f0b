import type { MatrixUser } from './matrix-user.ts';
import { type RoomItem, RoomModel } from './room-model.ts';
import { Transcript } from './transcript.ts';

/** The newest `most` events of a room, oldest first. */
async function history(user: MatrixUser, room: string, most: number) {
  const events = [];
  for await (const page of user.back(room, most)) events.push(...page);
  return events.reverse();
}

/** One message a line as JSON; fields are only ever added. Oldest first, threads included. */
export async function showJson(
  user: MatrixUser,
  { room, bot }: { readonly room: string; readonly bot: string | undefined },
  most: number,
): Promise<readonly string[]> {
  const model = new RoomModel(bot);
  for (const event of await history(user, room, most)) model.apply(event);
  return model
    .items()
    .filter(item => item.what !== 'remark')
    .map(item => JSON.stringify(jsonOf(item)));
}

function jsonOf(item: RoomItem): unknown {
  return {
    id: item.id,
    thread: item.thread ?? null,
    sender: item.sender,
    at: item.at,
    body: item.body,
    edited: item.edited,
    ...(item.redacted ? { redacted: true } : {}),
    reactions: item.reactions.map(({ sender, emoji }) => ({ sender, emoji })),
    card: item.card ?? null,
  };
}

/** The room as people read it. */
export async function showText(
  user: MatrixUser,
  room: string,
  most: number,
  look: { readonly width: number; readonly colour: boolean },
): Promise<readonly string[]> {
  const transcript = new Transcript(undefined);
  const order = [];
  for (const event of await history(user, room, most)) {
    if (event.type === 'm.room.member') continue;
    const drawn = transcript.take(event, { ...look, reactions: true });
    if (drawn?.type === 'lines' && drawn.id !== undefined) order.push(drawn.id);
  }
  return order.flatMap(id => transcript.draw(id, { ...look, reactions: true }));
}
