import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Kernel } from '#sim/kernel.ts';
import { newToken } from './account-routes.ts';
import { clientEvent } from './client-event.ts';
import { createRoom } from './create-room.ts';
import { homeserverHttp } from './homeserver-http.ts';
import { type Fields, fieldsOf, textOf } from './matrix-state.ts';
import { join, leave, setMembership } from './membership.ts';
import { type MessageLimit, MessageLimits } from './message-limit.ts';
import { RoomStore, randomId } from './room-store.ts';

export interface HomeserverOptions {
  /** On 127.0.0.1; 0: any that is free. */
  readonly port: number;
  /** The part of ids after the colon: "sim". */
  readonly serverName: string;
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Name of the bot's user, one of `users`. */
  readonly bot: string;
  readonly rooms: readonly {
    /** What scripts call it: "work". */
    readonly key: string;
    /** Local part of its alias: "copr-work". */
    readonly alias: string;
    readonly name: string;
    readonly topic?: string;
    /** Names of users; the first one makes it. */
    readonly members: readonly string[];
    /** By name of user; others have 0. */
    readonly power: Readonly<Record<string, number>>;
  }[];
}

export interface Account {
  readonly userId: string;
  readonly accessToken: string;
  readonly password: string;
}

/** A room as `GET /_sim/world` shows it; fields are only ever added. */
export interface RoomView {
  readonly id: string;
  readonly key: string | undefined;
  readonly alias: string | undefined;
  readonly name: string;
  readonly topic: string;
  readonly pinned: readonly string[];
  readonly members: Readonly<Record<string, string>>;
  /** Oldest first, as a client sees them. */
  readonly events: readonly Fields[];
}

export interface Homeserver {
  readonly url: string;
  readonly port: number;
  /** How scripts get in: goes into `world.json`. */
  world(): {
    readonly rooms: Readonly<Record<string, string>>;
    readonly people: Readonly<Record<string, Account>>;
    readonly bot: Account;
  };
  /** For `GET /_sim/world`. */
  rooms(): readonly RoomView[];
  /** Adds an account (its token comes with it); one that is there is returned as it is. */
  addUser(name: string, password?: string): Account;
  /** Ends an account: its tokens are void. As on Synapse its profile stays, and it leaves its rooms, unless told to stay. */
  deactivate(name: string, options?: { readonly stay?: boolean }): void;
  /** Limits how many events an account may send from now on; a restart lifts it. */
  limit(name: string, limit: MessageLimit): void;
  /** Marks an account as a guest's, in its rooms too. */
  makeGuest(name: string): void;
  close(): Promise<void>;
}

/**
 * Starts the pretend Matrix homeserver on 127.0.0.1 (Client-Server API v1.11, as much as the bot and ordinary clients
 * need; no federation, no encryption). Its state is `kernel.state.matrix`: accounts and rooms of the options are made
 * where they are missing, so that a second start goes on with tokens and positions that stay good.
 */
export async function startHomeserver(kernel: Kernel, options: HomeserverOptions): Promise<Homeserver> {
  const store = new RoomStore(kernel, options.serverName);
  const closing = new AbortController();
  const limits = new MessageLimits();
  const id = (name: string) => (name.startsWith('@') ? name : `@${name}:${store.serverName}`);

  const addUser = (name: string, password = randomId(12)): Account => {
    const userId = id(name);
    store.state.users[userId] ??= {
      password,
      displayName: name,
      deactivated: false,
      guest: false,
      accountData: {},
      filters: [],
    };
    const known = Object.entries(store.state.tokens).find(([, one]) => one.user === userId);
    const accessToken = known?.[0] ?? newToken(store, userId, `sim-${name}`);
    return { userId, accessToken, password: store.state.users[userId]?.password ?? password };
  };

  const accounts = new Map(options.users.map(user => [user.name, addUser(user.name, user.password)]));
  for (const room of options.rooms) if (roomByKey(store, room.key) === undefined) seedRoom(store, room, id);

  const server = homeserverHttp(kernel, store, limits, closing.signal);
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    addUser,
    world: () => {
      const bot = accounts.get(options.bot);
      if (bot === undefined) throw new Error(`the bot "${options.bot}" is not among the homeserver's users`);
      const keyed = Object.values(store.state.rooms).flatMap(room =>
        room.key === undefined ? [] : [[room.key, room.id]],
      );
      const people = [...accounts].filter(([name]) => name !== options.bot);
      return { rooms: Object.fromEntries(keyed), people: Object.fromEntries(people), bot };
    },
    rooms: () => store.rooms().map(room => roomView(store, room)),
    deactivate: (name, { stay = false } = {}) => {
      const user = id(name);
      const account = store.state.users[user];
      if (account === undefined) throw new Error(`no such user: ${name}`);
      account.deactivated = true;
      for (const [token, one] of Object.entries(store.state.tokens)) {
        if (one.user === user) delete store.state.tokens[token];
      }
      if (!stay) {
        for (const room of store.rooms()) if (store.membership(room, user) === 'join') leave(store, room, user);
      }
      kernel.effect('matrix', 'deactivate', { user });
    },
    limit: (name, limit) => limits.set(id(name), limit),
    makeGuest: name => {
      const user = id(name);
      const account = store.state.users[user];
      if (account === undefined) throw new Error(`no such user: ${name}`);
      account.guest = true;
      for (const room of store.rooms()) {
        if (store.membership(room, user) === 'join') {
          setMembership(store, { room, by: user, of: user, membership: 'join' }, 'guest');
        }
      }
    },
    close: async () => {
      closing.abort();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function roomByKey(store: RoomStore, key: string): string | undefined {
  return Object.values(store.state.rooms).find(room => room.key === key)?.id;
}

function seedRoom(store: RoomStore, wish: HomeserverOptions['rooms'][number], id: (name: string) => string): void {
  const [creator, ...others] = wish.members.map(id);
  if (creator === undefined) throw new Error(`room ${wish.key} needs a member`);
  const users = Object.fromEntries(Object.entries(wish.power).map(([name, level]) => [id(name), level]));
  const room = createRoom(store, creator, {
    key: wish.key,
    name: wish.name,
    topic: wish.topic,
    alias: wish.alias,
    isPublic: true,
    invites: [],
    initialState: [],
    powerLevels: { users: { [creator]: 100, ...users } },
  });
  for (const user of others) join(store, room, user);
}

function roomView(store: RoomStore, room: string): RoomView {
  const content = (type: string) => store.stateEvent(room, type)?.content ?? {};
  const pinned = content('m.room.pinned_events').pinned;
  const members = store.current(room).filter(event => event.type === 'm.room.member');
  return {
    id: room,
    key: store.state.rooms[room]?.key,
    alias: textOf(content('m.room.canonical_alias').alias),
    name: textOf(content('m.room.name').name) ?? '',
    topic: textOf(content('m.room.topic').topic) ?? '',
    pinned: Array.isArray(pinned) ? pinned.filter(one => typeof one === 'string') : [],
    members: Object.fromEntries(
      members.map(event => [event.state_key ?? '', textOf(fieldsOf(event.content).membership) ?? '']),
    ),
    events: store.timeline(room).map(event => clientEvent(store, event, '')),
  };
}
