import { Refused } from '#core/errors.ts';
import type { MatrixUser } from './matrix-user.ts';
import { type RoomItem, RoomModel } from './room-model.ts';

/** How far back a request is looked for, in events. */
const most = 5_000;

/**
 * The bot's own request that somebody means who reacts without naming one: the newest that still stands and hasn't got their emoji yet;
 * to take one back, the newest that has it. Two may stand open at once, for different approvers.
 *
 * @param at the room, and the bot's account: anybody can write what looks like a request, and leads an approval elsewhere by it.
 * @param seen what is known of the room already. @throws Refused code `room-no-request` when there is none, `room-no-bot` where nobody says whose.
 */
export async function newestRequest(
  user: MatrixUser,
  at: { readonly room: string; readonly bot: string | undefined },
  verb: 'react' | 'unreact',
  emoji: string,
  seen?: RoomModel,
): Promise<RoomItem> {
  const { room, bot } = at;
  if (bot === undefined)
    throw new Refused(
      'room-no-bot',
      "Whose requests? Name the bot's account (--bot @ferry:server), or the message (--event).",
    );
  const self = await user.whoAmI();
  const hasIt = (item: RoomItem) => item.reactions.some(one => one.sender === self && one.emoji === emoji);
  const fits = (item: RoomItem) => hasIt(item) === (verb === 'unreact');
  const known = seen?.newestRequest(fits);
  if (known !== undefined) return known;
  const model = new RoomModel(bot);
  for await (const page of user.back(room, most)) {
    // Newest first: an edit is known before the message that it closes, and so is a reaction.
    for (const event of page) model.apply(event);
    const found = model.newestRequest(fits);
    if (found !== undefined) return found;
  }
  if (model.newestRequest(() => true) === undefined) {
    throw new Refused('room-no-request', 'No request for approval stands open in this room.');
  }
  const why = verb === 'react' ? `Your ${emoji} is on every request` : `You have no ${emoji} on a request`;
  throw new Refused('room-no-request', `${why} for approval that stands open in this room.`);
}
