import type { Account, Homeserver } from '#sim/matrix/homeserver.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { people, type TestHomeserver } from '#test/builders/sim-homeserver.ts';
import { startSynapse } from '#test/peers/synapse.ts';

/** Synapse with the rooms and people of the simulator's homeserver; what only a simulator can do it refuses to. */
export async function synapseHomeserver(): Promise<
  Pick<TestHomeserver, 'stop'> & {
    readonly server: Pick<Homeserver, 'url' | 'world'>;
    /** Ends the session of an account, as its owner or an administrator does: its token is refused from then on. */
    revoke(name: string): Promise<void>;
    /** Logs an account in anew: that token is the one that `world` knows from then on. */
    login(name: string): Promise<void>;
    /** Limits how many events an account may send, as an administrator does. */
    limit(userId: string, perSecond: number, burst: number): Promise<void>;
  }
> {
  const synapse = await startSynapse();
  const register = (name: string): Promise<Account> => synapse.register(name);
  const admin = await synapse.register('admin', { admin: true });
  const accounts: Record<string, Account> = {};
  for (const name of [...people, 'ferry']) accounts[name] = await register(name);
  const of = (name: string) => new MatrixPerson(synapse.url, accounts[name]!);
  const room = async (alias: string) => {
    const id = await of('alice').createRoom({ room_alias_name: alias });
    const levels = await of('alice').state(id, 'm.room.power_levels');
    const users = { ...(levels.users as object), [of('ferry').userId]: 50 };
    await of('alice').setState(id, 'm.room.power_levels', { ...levels, users });
    for (const name of Object.keys(accounts)) if (name !== 'alice') await of(name).joins(id);
    return id;
  };
  const rooms = { work: await room('copr-work'), 'fedora-buildsys': await room('fedora-buildsys') };
  const world = () => {
    const { ferry, ...others } = accounts;
    return { rooms, people: others, bot: ferry! };
  };
  return {
    server: { url: synapse.url, world },
    revoke: async name => {
      await of(name).call('POST', 'client/v3/logout', {});
    },
    login: async name => {
      const { userId, password } = accounts[name]!;
      const identifier = { type: 'm.id.user', user: userId };
      const answer = await fetch(`${synapse.url}/_matrix/client/v3/login`, {
        method: 'POST',
        body: JSON.stringify({ type: 'm.login.password', identifier, password }),
      });
      const { access_token: accessToken } = (await answer.json()) as { access_token?: string };
      if (accessToken === undefined) throw new Error(`Synapse logged ${name} in with no token`);
      accounts[name] = { userId, accessToken, password };
    },
    limit: async (userId, perSecond, burst) => {
      const at = `${synapse.url}/_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`;
      const response = await fetch(at, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.accessToken}` },
        body: JSON.stringify({ messages_per_second: perSecond, burst_count: burst }),
      });
      if (!response.ok) throw new Error(`no limit was set: ${await response.text()}`);
    },
    stop: () => synapse.stop(),
  };
}
