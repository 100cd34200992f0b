import { Refused, Unknown } from '#core/errors.ts';
import type { ChatReader, Member, Reaction } from '#ports/chat.ts';
import { fieldsOf, isOwnJoin, listOf, memberships, textOf } from './incoming-event.ts';
import { type Fields, matrixCall, path, ServerRefusal } from './matrix-call.ts';
import type { MatrixClient } from './matrix-sdk.ts';

/** Pages of reactions that are read at most. */
const maxPages = 100;

/** How many changes of our name and picture are looked through at most. */
const maxChanges = 100;

/** The reading half of the port. What can't be read is Unknown, whatever the reason: the caller fails closed. */
export function matrixReader(
  client: MatrixClient,
  self: string,
  { patience, pageSize }: { readonly patience: number; readonly pageSize: number },
): ChatReader {
  const read = async (where: string, query: Readonly<Record<string, string | number | undefined>> = {}) => {
    try {
      return await matrixCall(client, { method: 'GET', path: where, query }, patience);
    } catch (error) {
      if (error instanceof Refused && !isAbsent(error)) throw new Unknown(error.code, error.message, { cause: error });
      throw error;
    }
  };
  /** undefined where the server says that there is none. */
  const find = async (where: string): Promise<Fields | undefined> => {
    try {
      return await read(where);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  };

  async function pages(room: string, event: string): Promise<readonly Reaction[] | undefined> {
    const all: Reaction[] = [];
    let from: string | undefined;
    for (let page = 0; page < maxPages; page++) {
      const where = path`client/v1/rooms/${room}/relations/${event}/m.annotation/m.reaction`;
      try {
        // Oldest first: what comes meanwhile is on a later page, never between two.
        const answer = await read(where, { dir: 'f', limit: pageSize, from });
        all.push(...given(answer.chunk, 'the reactions').flatMap(reaction));
        from = textOf(answer.next_batch);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
      if (from === undefined) return all;
    }
    throw new Unknown('chat-too-many-reactions', 'The message has more reactions than can be read: ask anew.');
  }

  async function isIn(room: string): Promise<boolean> {
    const joined = (await read('client/v3/joined_rooms')).joined_rooms;
    if (!Array.isArray(joined)) throw odd('where we are in');
    // Also whoever left may read the state, as it was then: only this list says who is in.
    return joined.includes(room);
  }

  let wordOnAccounts: boolean | undefined;

  /** Whether the server says itself which accounts are deactivated (MSC3720). Asked once. */
  async function hasWordOnAccounts(): Promise<boolean> {
    try {
      const { capabilities } = await matrixCall(client, { method: 'GET', path: 'client/v3/capabilities' }, patience);
      if (!isFields(capabilities)) throw odd('what it can do');
      wordOnAccounts = fieldsOf(capabilities['org.matrix.msc3720.account_status']).enabled === true;
    } catch (error) {
      const isNo = error instanceof ServerRefusal && ['M_UNRECOGNIZED', 'M_FORBIDDEN'].includes(error.errcode);
      if (!isNo) throw error instanceof Refused ? new Unknown(error.code, error.message, { cause: error }) : error;
      wordOnAccounts = false;
    }
    return wordOnAccounts;
  }

  /** By the server's own word. Where it gives none, deactivation shows in the membership: Synapse makes the account leave. */
  async function isDeactivated(account: string): Promise<boolean> {
    if (!(wordOnAccounts ?? (await hasWordOnAccounts()))) return false;
    const where = 'client/unstable/org.matrix.msc3720/account_status';
    try {
      const answer = await matrixCall(client, { method: 'POST', path: where, body: { user_ids: [account] } }, patience);
      // Of an account whose own server doesn't say there is no word, and it is among the failures.
      if (!isFields(answer.account_statuses)) throw odd(`whether ${account} is deactivated`);
      const status = fieldsOf(answer.account_statuses[account]);
      return status.deactivated === true || status.exists === false;
    } catch (error) {
      throw error instanceof Refused ? new Unknown(error.code, error.message, { cause: error }) : error;
    }
  }

  return {
    self,
    async reactions(room, event) {
      const reactions = await pages(room, event);
      // Asked last: a message that is deleted while its reactions are read is gone.
      const found = await find(path`client/v3/rooms/${room}/event/${event}`);
      if (found === undefined) return { gone: true, reactions: [] };
      if (found.event_id !== event) throw odd('whether the message stands');
      if (isRedacted(found)) return { gone: true, reactions: [] };
      if (reactions === undefined) throw new Unknown('chat-no-reactions', 'The chat server gives no reactions.');
      return { gone: false, reactions };
    },
    async member(room, account) {
      const content = await find(path`client/v3/rooms/${room}/state/m.room.member/${account}`);
      if (content === undefined) return undefined;
      const found = member(account, content);
      if (found === undefined) throw odd(`whether ${account} is in the room`);
      return { ...found, deactivated: found.membership === 'join' && (await isDeactivated(account)) };
    },
    async members(room) {
      const answer = await read(path`client/v3/rooms/${room}/members`);
      return given(answer.chunk, 'who is in the room').flatMap(
        event => member(textOf(event.state_key) ?? '', fieldsOf(event.content)) ?? [],
      );
    },
    async cameIn(room) {
      if (!(await isIn(room))) return undefined;
      const where = path`client/v3/rooms/${room}/state/m.room.member/${self}`;
      let id = textOf((await read(where, { format: 'event' })).event_id);
      for (let change = 0; id !== undefined && change < maxChanges; change++) {
        // Of the ways to read one event Synapse says only here what it replaced.
        const event = fieldsOf((await read(path`client/v3/rooms/${room}/context/${id}`, { limit: 0 })).event);
        if (event.event_id !== id) break;
        const before = textOf(fieldsOf(event.unsigned).replaces_state);
        // What came before it can't be told: then it counts as coming in, and whoever asks is careful.
        if (isOwnJoin(event, self) || before === undefined) return id;
        id = before;
      }
      throw odd('since when we are in the room');
    },
    async room(room) {
      if (!(await isIn(room))) return undefined;
      const state = (type: string) => find(path`client/v3/rooms/${room}/state/${type}/`);
      const [encryption, tombstone, history] = await Promise.all(
        ['m.room.encryption', 'm.room.tombstone', 'm.room.history_visibility'].map(state),
      );
      return {
        encrypted: encryption !== undefined,
        replacedBy: tombstone === undefined ? undefined : (textOf(tombstone.replacement_room) ?? ''),
        // Where nothing is said it is `shared` (Client-Server API, "Room history visibility").
        showsPast: ['shared', 'world_readable'].includes(textOf(history?.history_visibility) ?? 'shared'),
      };
    },
    async topic(room) {
      return textOf((await find(path`client/v3/rooms/${room}/state/m.room.topic/`))?.topic) ?? '';
    },
    link: (room, event) => {
      const via = self.slice(self.indexOf(':') + 1);
      return `https://matrix.to/#/${encodeURIComponent(room)}/${encodeURIComponent(event)}?via=${encodeURIComponent(via)}`;
    },
  };
}

/** A JSON answer without what was asked for, as of a proxy or of a server in trouble: nothing is concluded from that. */
function odd(what: string): Unknown {
  return new Unknown('chat-odd-answer', `The chat server does not say ${what}.`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws Unknown unless it is a list. */
function given(value: unknown, what: string): readonly Fields[] {
  if (!Array.isArray(value)) throw odd(what);
  return listOf(value);
}

/** The server says that there is none (Synapse words an unknown parent of relations as M_UNKNOWN), not that it doesn't know the call. */
export function isAbsent(error: unknown): boolean {
  return error instanceof ServerRefusal && error.status === 404 && ['M_NOT_FOUND', 'M_UNKNOWN'].includes(error.errcode);
}

function isRedacted(event: Fields): boolean {
  const unsigned = fieldsOf(event.unsigned);
  return unsigned.redacted_because !== undefined || unsigned.redacted_by !== undefined;
}

function reaction(event: Fields): readonly Reaction[] {
  const relation = fieldsOf(fieldsOf(event.content)['m.relates_to']);
  const [id, sender, emoji] = [textOf(event.event_id), textOf(event.sender), textOf(relation.key)];
  if (id === undefined || sender === undefined || emoji === undefined || isRedacted(event)) return [];
  const at = typeof event.origin_server_ts === 'number' ? event.origin_server_ts : 0;
  return [{ event: id, sender, emoji, at }];
}

function member(account: string, content: Fields): Member | undefined {
  const membership = memberships[textOf(content.membership) ?? ''];
  if (membership === undefined) return undefined;
  // A server writes `kind` into the member event of a guest; nothing else of it is readable for others.
  return { account, membership, guest: content.kind === 'guest', deactivated: false };
}
