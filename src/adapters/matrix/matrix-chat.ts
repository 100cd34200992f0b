import { type FerryError, Refused, Unknown } from '#core/errors.ts';
import type { ChatFeed, ChatMark, ChatReader, ChatRecord, ChatWriter } from '#ports/chat.ts';
import { fieldsOf, listOf, textOf } from './incoming-event.ts';
import { matrixCall, path } from './matrix-call.ts';
import { matrixFeed, type SyncStorage } from './matrix-feed.ts';
import { matrixMark } from './matrix-mark.ts';
import { powersOf, type RoomPowers } from './matrix-powers.ts';
import { matrixReader } from './matrix-reader.ts';
import { type MatrixClient, matrixClient } from './matrix-sdk.ts';
import { matrixWriter } from './matrix-writer.ts';
import { tokenGuard } from './token-guard.ts';

export interface MatrixChatOptions {
  /** "https://matrix.example.org". */
  readonly homeserver: string;
  readonly accessToken: string;
  /** Our own account: "@ferry:example.org". `listen` refuses a token of another one. */
  readonly userId: string;
  readonly storage: SyncStorage;
  readonly onTrouble?: (error: FerryError) => void;
  readonly onLost?: (room: string) => void;
  /** How long one sync waits for news, ms. */
  readonly pollMs?: number;
  /** How long a throttled reading is waited for in all, ms; sending waits for nothing, and says so. */
  readonly patienceMs?: number;
  readonly maxGapPages?: number;
  /** What time it is, ms: a message is older than that when we weren't there to hear it. The process's clock unless told. */
  readonly now?: () => number;
  /** Events and reactions that are asked for at once; 100 unless told, which is the most that Synapse gives. */
  readonly pageSize?: number;
  /** Ends every request when it fires. */
  readonly closing?: AbortSignal;
}

export interface MatrixChat extends ChatReader, ChatWriter, ChatFeed, ChatMark, ChatRecord {
  /** A room's id; an alias ("#work:example.org") is looked up. @throws Refused `chat-not-found`: there is none. Unknown. */
  resolve(roomOrAlias: string): Promise<string>;
  /** Rooms that we are in. */
  joinedRooms(): Promise<readonly string[]>;
  /** What we may do in a room that we are in. */
  powers(room: string): Promise<RoomPowers>;
  /** The account that the token belongs to. @throws Refused code `chat-token-refused`. */
  whoAmI(): Promise<string>;
}

/** The chat port over a Matrix homeserver, by matrix-bot-sdk. Makes no request before it is asked for something. */
export function matrixChat(options: MatrixChatOptions): MatrixChat {
  const client = tokenGuard(matrixClient(options.homeserver, options.accessToken, options.closing));
  const patience = options.patienceMs ?? 10_000;
  const { userId, pageSize = 100 } = options;
  const feed = matrixFeed({
    client,
    self: userId,
    storage: options.storage,
    prove: async () => {
      const account = await whoAmI(client, patience);
      if (account !== userId) {
        throw new Refused(
          'chat-wrong-account',
          `The chat token belongs to ${account}, not to ${userId}: put the right one in.`,
        );
      }
    },
    onTrouble: options.onTrouble ?? (() => {}),
    onLost: options.onLost ?? (() => {}),
    pollMs: options.pollMs ?? 30_000,
    patience,
    pageSize,
    maxGapPages: options.maxGapPages ?? 20,
    now: options.now ?? Date.now,
  });
  return {
    ...matrixReader(client, userId, { patience, pageSize }),
    ...matrixWriter(client, userId),
    ...matrixMark(client, userId, patience),
    listen: (handle, signal, onBack) => feed.listen(handle, signal, onBack),
    resolve: async roomOrAlias => {
      if (!roomOrAlias.startsWith('#')) return roomOrAlias;
      const where = path`client/v3/directory/room/${roomOrAlias}`;
      try {
        const id = textOf((await matrixCall(client, { method: 'GET', path: where }, patience)).room_id);
        if (id === undefined) throw new Unknown('chat-odd-room', `The chat server names no room for ${roomOrAlias}.`);
        return id;
      } catch (error) {
        // Only the server's own word is a no; a proxy's page isn't.
        if (error instanceof Refused && error.code !== 'chat-not-found')
          throw new Unknown(error.code, error.message, { cause: error });
        throw error;
      }
    },
    joinedRooms: async () => {
      const answer = await matrixCall(client, { method: 'GET', path: 'client/v3/joined_rooms' }, patience);
      return Array.isArray(answer.joined_rooms) ? answer.joined_rooms.filter(room => typeof room === 'string') : [];
    },
    powers: async room => {
      const where = path`client/v3/rooms/${room}/state`;
      const state = listOf(await matrixCall(client, { method: 'GET', path: where }, patience));
      const event = (type: string) => state.find(one => one.type === type && one.state_key === '') ?? {};
      const create = event('m.room.create');
      const sender = textOf(create.sender) ?? '';
      return powersOf(userId, { ...fieldsOf(create.content), sender }, fieldsOf(event('m.room.power_levels').content));
    },
    whoAmI: () => whoAmI(client, patience),
  };
}

async function whoAmI(client: MatrixClient, patience: number): Promise<string> {
  const answer = await matrixCall(client, { method: 'GET', path: 'client/v3/account/whoami' }, patience);
  const account = textOf(answer.user_id);
  if (account === undefined)
    throw new Refused('chat-no-account', 'The chat server does not say whose access token it is.');
  return account;
}
