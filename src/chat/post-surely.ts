import { Refused } from '#core/errors.ts';
import type { ChatWriter, OutgoingMessage } from '#ports/chat.ts';
import type { CardFile } from './cards.ts';
import { maxText, split } from './fitting.ts';

/** A message of this room can't be sent as it is, however often it is tried; a whole account's trouble is none of it. */
export function isRefusedForGood(error: unknown): error is Refused {
  return error instanceof Refused && !error.retry && error.code !== 'chat-token-refused';
}

/** A room that doesn't let us speak takes no substitute either. */
function isRoomClosed(error: Refused): boolean {
  return error.code === 'chat-forbidden' || error.code === 'chat-not-found';
}

/** Sizes of the pieces in which a refused text is tried, bytes. */
const pieces = [6_000, 1_200];

/**
 * Posts a message; one that the network refuses for good (too large, not to its taste) goes in smaller pieces without
 * formatting, split on lines. People are mentioned by the first one.
 *
 * @returns the first one's event.
 * @throws what the writer throws; the refusal, where no piece was taken either.
 */
export async function postSurely(
  writer: Pick<ChatWriter, 'post'>,
  room: string,
  message: OutgoingMessage,
  txn: string,
): Promise<string> {
  let refused: unknown;
  try {
    return await writer.post(room, message, txn);
  } catch (error) {
    if (!isRefusedForGood(error) || isRoomClosed(error)) throw error;
    refused = error;
  }
  for (const size of pieces) {
    try {
      return await inPieces(writer, room, message, size, txn);
    } catch (error) {
      if (!isRefusedForGood(error) || isRoomClosed(error)) throw error;
    }
  }
  throw refused;
}

/** A file's text as messages, for a network that takes no file. @returns the first one's event. @throws as `postSurely` does. */
export async function fileAsMessages(
  writer: Pick<ChatWriter, 'post'>,
  room: string,
  file: CardFile,
  message: Omit<OutgoingMessage, 'text'>,
  txn: string,
): Promise<string> {
  const parts = split(file.text.split('\n'), maxText - 200);
  let first: string | undefined;
  for (const [index, lines] of parts.entries()) {
    const head = `${file.name}, ${index + 1} of ${parts.length} (the chat server takes no file):`;
    const text = [head, ...lines].join('\n');
    const event = await postSurely(writer, room, { ...message, text, plain: true }, `${txn}.lines.${index + 1}`);
    first ??= event;
  }
  return first ?? '';
}

async function inPieces(
  writer: Pick<ChatWriter, 'post'>,
  room: string,
  message: OutgoingMessage,
  size: number,
  txn: string,
): Promise<string> {
  let first: string | undefined;
  for (const [index, lines] of split(message.text.split('\n'), size).entries()) {
    const rest = index === 0 ? {} : { mentions: [], notify: false };
    const piece = { ...message, ...rest, text: lines.join('\n'), plain: true };
    const event = await writer.post(room, piece, `${txn}.pieces${size}.${index + 1}`);
    first ??= event;
  }
  return first ?? '';
}
