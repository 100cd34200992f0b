import type { Account, Homeserver } from '#sim/matrix/homeserver.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { people, type TestHomeserver } from '#test/builders/sim-homeserver.ts';
import { startSynapse } from '#test/peers/synapse.ts';

/** Synapse with the rooms and people of the simulator's homeserver; what only a simulator can do it refuses to. */
export async function synapseHomeserver(): Promise<
  Pick<TestHomeserver, 'stop'> & {
    readonly server: Pick<Homeserver, 'url' | 'world'>;
    /** Limits how many events an account may send, as an administrator does. */
    limit(userId: string, perSecond: number, burst: number): Promise<void>;
  }
> {
  const synapse = await startSynapse();
  const register = async (name: string): Promise<Account> => ({ ...(await synapse.register(name)), password: '' });
  const admin = await synapse.register('admin', { admin: true });
  const accounts: Record<string, Account> = {};
  for (const name of [...people, 'ferry']) accounts[name] = await register(name);
  const of = (name: string) => new MatrixPerson(synapse.url, accounts[name]!);
  const room = async () => {
    const id = await of('alice').createRoom();
    const levels = await of('alice').state(id, 'm.room.power_levels');
    const users = { ...(levels.users as object), [of('ferry').userId]: 50 };
    await of('alice').setState(id, 'm.room.power_levels', { ...levels, users });
    for (const name of Object.keys(accounts)) if (name !== 'alice') await of(name).joins(id);
    return id;
  };
  const rooms = { work: await room(), 'fedora-buildsys': await room() };
  const { ferry, ...others } = accounts;
  return {
    server: { url: synapse.url, world: () => ({ rooms, people: others, bot: ferry! }) },
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
