import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { chatContract } from '#test/contracts/chat-contract.ts';
import { missingSynapse, startSynapse } from '#test/peers/synapse.ts';

const missing = await missingSynapse();

if (missing !== undefined) {
  describe('the chat on Synapse', () => {
    it.skip(missing, () => {});
  });
} else {
  chatContract('the chat on Synapse', async () => {
    const synapse = await startSynapse();
    const admin = new MatrixPerson(synapse.url, await synapse.register('admin', { admin: true }));
    const asAdmin = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${synapse.url}/_synapse/admin/${path}`, {
        method,
        headers: { authorization: `Bearer ${admin.accessToken}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    };
    return {
      homeserver: synapse.url,
      account: name => synapse.register(`${name}-${randomUUID().slice(0, 8)}`),
      guest: async room => {
        const response = await fetch(`${synapse.url}/_matrix/client/v3/register?kind=guest`, {
          method: 'POST',
          body: '{}',
        });
        const answer = (await response.json()) as Record<string, string>;
        const account = { userId: answer.user_id ?? '', accessToken: answer.access_token ?? '' };
        await new MatrixPerson(synapse.url, account).joins(room);
        return account;
      },
      deactivate: userId => asAdmin('POST', `v1/deactivate/${encodeURIComponent(userId)}`, { erase: false }),
      throttle: async userId => {
        const limit = { messages_per_second: 2, burst_count: 1 };
        await asAdmin('POST', `v1/users/${encodeURIComponent(userId)}/override_ratelimit`, limit);
      },
      stop: () => synapse.stop(),
    };
  });

  describe('Synapse that says of accounts whether they are deactivated (MSC3720)', () => {
    it('is asked, and who is active counts', async () => {
      const synapse = await startSynapse({ accountStatus: true });
      const person = async (name: string) => new MatrixPerson(synapse.url, await synapse.register(name));
      const [alice, ferry] = [await person('alice'), await person('ferry')];
      const room = await alice.createRoom();
      await ferry.joins(room);
      const chat = matrixChat({
        homeserver: synapse.url,
        accessToken: ferry.accessToken,
        userId: ferry.userId,
        storage: { get: async () => undefined, set: async () => {} },
      });
      expect(await chat.member(room, alice.userId)).toMatchObject({ membership: 'join', deactivated: false });
      await synapse.stop();
    });
  });
}
