import { badRequest, forbidden, MatrixFailure, notFound } from './matrix-failure.ts';
import { type Fields, fieldsOf, textOf } from './matrix-state.ts';
import { requireJoined } from './permissions.ts';
import { type RoomStore, randomId } from './room-store.ts';
import type { MatrixRequest, Route } from './route.ts';

/** Makes an access token of an account, on a new device. */
export function newToken(store: RoomStore, user: string, device = randomId(8)): string {
  const token = `sim_${randomId(24)}`;
  store.state.tokens[token] = { user, device };
  store.save();
  return token;
}

function logIn({ store, body }: MatrixRequest): Fields {
  if (body.type !== 'm.login.password' && body.type !== 'm.login.token') {
    throw badRequest('M_UNKNOWN', 'Unknown login type');
  }
  const given = textOf(fieldsOf(body.identifier).user) ?? textOf(body.user) ?? '';
  // A login token is an access token of the account: enough for scripts that know no passwords.
  const user =
    body.type === 'm.login.token'
      ? (store.state.tokens[textOf(body.token) ?? '']?.user ?? '')
      : given.startsWith('@')
        ? given
        : `@${given}:${store.serverName}`;
  const account = store.state.users[user];
  if (account?.deactivated) throw new MatrixFailure(403, 'M_USER_DEACTIVATED', 'This account has been deactivated');
  const known = body.type === 'm.login.token' || account?.password === body.password;
  if (account === undefined || !known) throw forbidden('Invalid username or password');
  const device = textOf(body.device_id) ?? randomId(8);
  return {
    user_id: user,
    access_token: newToken(store, user, device),
    device_id: device,
    home_server: store.serverName,
  };
}

function profile({ store, params }: MatrixRequest): Fields {
  const account = store.state.users[params.user ?? ''];
  // As Synapse: whoever has neither name nor picture has no profile; that of a deactivated account stays.
  if (account === undefined || account.displayName === '') throw notFound('Profile was not found');
  return { displayname: account.displayName };
}

function setDisplayName({ store, user, params, body }: MatrixRequest): Fields {
  requireSelf(user, params.user);
  const account = store.state.users[user];
  const name = textOf(body.displayname);
  if (account === undefined || name === undefined) throw badRequest('M_MISSING_PARAM', 'displayname is missing');
  account.displayName = name;
  for (const room of store.rooms()) {
    const member = store.stateEvent(room, 'm.room.member', user);
    if (member?.content.membership !== 'join') continue;
    const { displayname: _before, ...others } = member.content;
    const content = name === '' ? others : { ...others, displayname: name };
    store.append({ room, sender: user, type: 'm.room.member', stateKey: user, content }, 'profile');
  }
  return {};
}

/** What the server itself says of accounts (MSC3720, which Synapse has where it is switched on). */
function accountStatus({ store, body }: MatrixRequest): Fields {
  const asked = Array.isArray(body.user_ids) ? body.user_ids.filter(one => typeof one === 'string') : [];
  const status = (user: string) => {
    const account = store.state.users[user];
    return account === undefined ? { exists: false } : { exists: true, deactivated: account.deactivated };
  };
  return { account_statuses: Object.fromEntries(asked.map(user => [user, status(user)])), failures: [] };
}

function dataKey(params: Readonly<Record<string, string>>): string {
  return params.room === undefined ? (params.type ?? '') : `${params.room}\0${params.type}`;
}

function readData({ store, user, params }: MatrixRequest): Fields {
  requireSelf(user, params.user);
  const found = store.state.users[user]?.accountData[dataKey(params)];
  if (found === undefined) throw notFound('Account data not found');
  return found.content;
}

function writeData({ store, user, params, body }: MatrixRequest): Fields {
  requireSelf(user, params.user);
  if (params.room !== undefined) requireJoined(store, params.room, user);
  const account = store.state.users[user];
  if (account !== undefined) account.accountData[dataKey(params)] = { content: body, position: store.nextPosition() };
  store.save();
  store.wake();
  return {};
}

function addFilter({ store, user, params, body }: MatrixRequest): Fields {
  requireSelf(user, params.user);
  const filters = store.state.users[user]?.filters ?? [];
  filters.push(body);
  store.save();
  return { filter_id: String(filters.length - 1) };
}

function readFilter({ store, user, params }: MatrixRequest): Fields {
  requireSelf(user, params.user);
  const found = store.state.users[user]?.filters[Number(params.filter)];
  if (found === undefined) throw notFound('No such filter');
  return found;
}

function requireSelf(user: string, other: string | undefined): void {
  if (user !== other) throw forbidden('Cannot act for another user');
}

export const accountRoutes: readonly Route[] = [
  {
    method: 'GET',
    paths: ['client/versions'],
    action: 'versions',
    open: true,
    handle: () => ({
      versions: ['v1.1', 'v1.2', 'v1.3', 'v1.4', 'v1.5', 'v1.6', 'v1.7', 'v1.8', 'v1.9', 'v1.10', 'v1.11'],
      unstable_features: {},
    }),
  },
  {
    method: 'GET',
    paths: ['client/v3/login'],
    action: 'login-flows',
    open: true,
    handle: () => ({ flows: [{ type: 'm.login.password' }, { type: 'm.login.token' }] }),
  },
  { method: 'POST', paths: ['client/v3/login'], action: 'login', open: true, handle: logIn },
  {
    method: 'POST',
    paths: ['client/v3/logout'],
    action: 'logout',
    handle: ({ store, token }) => {
      delete store.state.tokens[token];
      store.save();
      return {};
    },
  },
  {
    method: 'GET',
    paths: ['client/v3/account/whoami'],
    action: 'whoami',
    handle: ({ store, user, device }) => ({
      user_id: user,
      device_id: device,
      is_guest: store.state.users[user]?.guest ?? false,
    }),
  },
  {
    method: 'GET',
    paths: ['client/v3/capabilities'],
    action: 'capabilities',
    handle: () => ({
      capabilities: {
        'm.room_versions': { default: '10', available: { '10': 'stable' } },
        'm.change_password': { enabled: false },
        'org.matrix.msc3720.account_status': { enabled: true },
      },
    }),
  },
  {
    method: 'POST',
    paths: ['client/unstable/org.matrix.msc3720/account_status'],
    action: 'account-status',
    handle: accountStatus,
  },
  {
    method: 'GET',
    paths: ['client/v3/pushrules'],
    action: 'pushrules',
    handle: () => ({ global: { override: [], content: [], room: [], sender: [], underride: [] } }),
  },
  { method: 'GET', paths: ['client/v3/profile/:user'], action: 'profile', open: true, handle: profile },
  { method: 'GET', paths: ['client/v3/profile/:user/displayname'], action: 'profile', open: true, handle: profile },
  { method: 'PUT', paths: ['client/v3/profile/:user/displayname'], action: 'set-profile', handle: setDisplayName },
  {
    method: 'GET',
    paths: ['client/v3/user/:user/account_data/:type', 'client/v3/user/:user/rooms/:room/account_data/:type'],
    action: 'account-data',
    handle: readData,
  },
  {
    method: 'PUT',
    paths: ['client/v3/user/:user/account_data/:type', 'client/v3/user/:user/rooms/:room/account_data/:type'],
    action: 'set-account-data',
    handle: writeData,
  },
  { method: 'POST', paths: ['client/v3/user/:user/filter'], action: 'filter', handle: addFilter },
  { method: 'GET', paths: ['client/v3/user/:user/filter/:filter'], action: 'filter', handle: readFilter },
  {
    method: 'PUT',
    paths: ['client/v3/presence/:user/status'],
    action: 'presence',
    handle: () => ({}),
  },
  {
    method: 'GET',
    paths: ['client/v3/directory/room/:alias'],
    action: 'directory',
    open: true,
    handle: ({ store, params }) => {
      const room = store.state.aliases[params.alias ?? ''];
      if (room === undefined) throw notFound(`Room alias ${params.alias} not found`);
      return { room_id: room, servers: [store.serverName] };
    },
  },
];
