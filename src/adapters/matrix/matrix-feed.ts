import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FerryError, Refused, Unknown } from '#core/errors.ts';
import type { ChatFeed, Incoming } from '#ports/chat.ts';
import { fieldsOf, incomingEvent, isOwnJoin, listOf, mayBeginWithName, textOf, wantedTypes } from './incoming-event.ts';
import { type Fields, matrixCall, path, ServerRefusal } from './matrix-call.ts';
import type { MatrixClient } from './matrix-sdk.ts';
import { SettledPosition } from './settled-position.ts';

/** Where the position in the stream of events is kept: the caller's store, so that a restart goes on where it was. */
export interface SyncStorage {
  get(): Promise<string | undefined>;
  set(token: string): Promise<void>;
}

export interface FeedOptions {
  readonly client: MatrixClient;
  readonly self: string;
  readonly storage: SyncStorage;
  /** Proves before the first sync that the token is our account's. */
  readonly prove: () => Promise<void>;
  /** Told of every failed attempt to read; the feed goes on by itself. */
  readonly onTrouble: (error: FerryError) => void;
  /** Told when more lay in a gap than was read: hints were lost, whoever judges looks anew. */
  readonly onLost: (room: string) => void;
  /** How long one request waits for news, ms. */
  readonly pollMs: number;
  readonly patience: number;
  /** Events of a page; a sync shows half as many of a room. */
  readonly pageSize: number;
  /** Most pages that are read of a room's gap. */
  readonly maxGapPages: number;
  /** What time it is, ms. */
  readonly now: () => number;
}

const firstBackoff = 250;
const longestBackoff = 5_000;

/** While more events than this aren't settled, no more are read. */
const mostUnsettled = 1_000;

/** How often in a row the server has to say that it doesn't know a position before that is believed. */
const believedAfter = 3;

/** No later attempt mends these. */
const fatal: readonly string[] = ['chat-token-refused', 'chat-wrong-account'];

const nothing = { types: [] };
const filter = (first: boolean, most: number) =>
  JSON.stringify({
    presence: nothing,
    account_data: nothing,
    room: {
      account_data: nothing,
      ephemeral: nothing,
      state: nothing,
      // What lies before the start is thrown away, so a first sync asks for next to nothing.
      timeline: { limit: first ? 1 : most, types: wantedTypes },
      // Synapse keeps the answer to a first sync for two minutes and gives it again for the same filter: its position is
      // then as old, and what was said since would be delivered. A room that can't be makes the filter another one.
      ...(first ? { not_rooms: [`!${randomUUID()}:nowhere.invalid`] } : {}),
    },
  });

/** The feed half of the port over `/sync`. One process per account may listen: the caller holds the account's lease. */
export function matrixFeed(options: FeedOptions): ChatFeed {
  const { client, self, storage, patience } = options;

  async function sync(since: string | undefined, signal: AbortSignal): Promise<Fields> {
    return matrixCall(
      client,
      {
        method: 'GET',
        path: 'client/v3/sync',
        query: {
          since,
          filter: filter(since === undefined, Math.ceil(options.pageSize / 2)),
          timeout: since === undefined ? 0 : options.pollMs,
          set_presence: 'offline',
        },
        timeout: options.pollMs + 30_000,
        signal,
      },
      patience,
    );
  }

  /** Failures in a row to read a room's gap. */
  const gapFailures = new Map<string, number>();

  /** One room whose past can't be read keeps no other room's events back. */
  async function gap(room: string, from: string, to: string, signal: AbortSignal): Promise<readonly Fields[]> {
    try {
      const found = await gapPages(room, from, to, signal);
      gapFailures.delete(room);
      return found;
    } catch (error) {
      const failures = (gapFailures.get(room) ?? 0) + 1;
      gapFailures.set(room, failures);
      if (signal.aborted || !(error instanceof ServerRefusal || failures >= believedAfter)) throw error;
      gapFailures.delete(room);
      options.onLost(room);
      return [];
    }
  }

  /** Events between the last known position and the start of a cut timeline, oldest first. */
  async function gapPages(room: string, from: string, to: string, signal: AbortSignal): Promise<readonly Fields[]> {
    const found: Fields[] = [];
    let at = from;
    for (let page = 0; page < options.maxGapPages; page++) {
      const answer = await matrixCall(
        client,
        {
          method: 'GET',
          path: path`client/v3/rooms/${room}/messages`,
          query: { dir: 'b', from: at, to, limit: options.pageSize, filter: JSON.stringify({ types: wantedTypes }) },
          signal,
        },
        patience,
      );
      const chunk = listOf(answer.chunk);
      found.push(...chunk);
      const next = textOf(answer.end);
      if (next === undefined || next === at || chunk.some(event => isOwnJoin(event, self))) return found.toReversed();
      at = next;
    }
    options.onLost(room);
    return found.toReversed();
  }

  const names = new Map<string, readonly string[]>();

  /** Our display name in a room, read when somebody mentions us and kept until it changes. Not knowing it costs a pill. */
  async function ownNames(room: string, events: readonly Fields[], signal: AbortSignal): Promise<readonly string[]> {
    if (events.some(event => event.type === 'm.room.member' && event.state_key === self)) names.delete(room);
    if (!events.some(event => mayBeginWithName(event, self))) return [];
    const known = names.get(room);
    if (known !== undefined) return known;
    try {
      const where = path`client/v3/rooms/${room}/state/m.room.member/${self}`;
      const name = textOf((await matrixCall(client, { method: 'GET', path: where, signal }, patience)).displayname);
      const found = name === undefined ? [] : [name];
      names.set(room, found);
      return found;
    } catch (error) {
      if (error instanceof Unknown || error instanceof Refused) return [];
      throw error;
    }
  }

  async function roomEvents(room: string, joined: Fields, since: string, signal: AbortSignal): Promise<Incoming[]> {
    const timeline = fieldsOf(joined.timeline);
    const shown = listOf(timeline.events);
    const from = textOf(timeline.prev_batch);
    const joinShown = shown.some(event => isOwnJoin(event, self));
    const missed =
      timeline.limited === true && from !== undefined && !joinShown ? await gap(room, from, since, signal) : [];
    const all = [...missed, ...shown];
    // Whoever comes into a room is shown what was said before: none of that is for us.
    const came = all.findLastIndex(event => isOwnJoin(event, self));
    const events = all.slice(Math.max(0, came));
    const names = await ownNames(room, events, signal);
    return events.flatMap(event => incomingEvent(room, event, self, names) ?? []);
  }

  function invitations(answer: Fields, since: string | undefined): Incoming[] {
    return Object.entries(fieldsOf(fieldsOf(answer.rooms).invite)).map(([room, invited]) => {
      const events = listOf(fieldsOf(fieldsOf(invited).invite_state).events);
      const own = events.find(event => event.type === 'm.room.member' && event.state_key === self);
      // What an invited account is shown has no event id.
      const id = `invite/${room}/${since ?? 'start'}`;
      return { type: 'invited', room, id, sender: textOf(own?.sender) ?? '', at: Date.now() };
    });
  }

  async function batch(answer: Fields, since: string | undefined, signal: AbortSignal): Promise<Incoming[]> {
    const found = invitations(answer, since);
    if (since === undefined) return found;
    const rooms = fieldsOf(answer.rooms);
    for (const [room, joined] of Object.entries(fieldsOf(rooms.join))) {
      found.push(...(await roomEvents(room, fieldsOf(joined), since, signal)));
    }
    for (const [room, left] of Object.entries(fieldsOf(rooms.leave))) {
      const events = listOf(fieldsOf(fieldsOf(left).timeline).events);
      found.push(...events.flatMap(event => incomingEvent(room, event, self) ?? []));
    }
    return found;
  }

  /** One request and what it brought. @param before when the answer before it came, ms; 0: we weren't listening. */
  async function step(since: string | undefined, before: number, signal: AbortSignal) {
    const answer = await sync(since, signal);
    const now = options.now();
    const next = textOf(answer.next_batch);
    if (next === undefined) throw new Unknown('chat-odd-sync', 'The chat server sent a sync without a position.');
    const events = (await batch(answer, since, signal)).map(event =>
      event.type === 'said' ? { ...event, waited: Math.max(0, now - Math.max(event.at, before)) } : event,
    );
    return { next, events, now };
  }

  return {
    async listen(handle, signal, onBack) {
      let since = await storage.get();
      let before = 0;
      let backoff = firstBackoff;
      let refused = 0;
      let proven = false;
      const failed = new AbortController();
      const until = AbortSignal.any([signal, failed.signal]);
      const position = new SettledPosition(
        token => storage.set(token),
        () => options.onTrouble(new Unknown('chat-position-not-saved', 'The position in the chat could not be saved.')),
      );
      while (!until.aborted) {
        try {
          if (!proven) await options.prove();
          proven = true;
          const { next, events, now } = await step(since, before, until);
          if (backoff !== firstBackoff) onBack?.();
          backoff = firstBackoff;
          before = now;
          refused = 0;
          const handled = events.map(event => handle(event));
          for (const one of handled) one.catch(error => failed.abort(error));
          if (next !== since) position.add(next, handled);
          since = next;
        } catch (error) {
          if (until.aborted) break;
          if (since !== undefined && isUselessPosition(error)) refused += 1;
          if (refused >= believedAfter) {
            since = undefined;
            refused = 0;
            continue;
          }
          if (!(error instanceof Unknown || error instanceof Refused)) throw error;
          if (fatal.includes(error.code)) throw error;
          options.onTrouble(error);
          await sleep(backoff, undefined, { signal: until }).catch(() => undefined);
          backoff = Math.min(backoff * 2, longestBackoff);
        }
        while (position.waiting > mostUnsettled && !until.aborted) await position.oneMore(until);
      }
      await position.saved();
      if (failed.signal.aborted) throw failed.signal.reason;
    },
  };
}

/**
 * The server says itself that it doesn't know the position (its database was put back, or it is another server): start anew,
 * replay nothing. Synapse words it as M_UNKNOWN, others as M_INVALID_PARAM or M_UNKNOWN_POS; a 400 of a proxy says nothing.
 */
function isUselessPosition(error: unknown): boolean {
  if (!(error instanceof ServerRefusal) || error.status !== 400) return false;
  if (error.errcode === 'M_UNKNOWN_POS') return true;
  return ['M_UNKNOWN', 'M_INVALID_PARAM'].includes(error.errcode) && /token|position|since/i.test(error.message);
}
