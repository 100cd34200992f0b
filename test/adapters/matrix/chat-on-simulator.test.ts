import { randomUUID } from 'node:crypto';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { simHomeserver } from '#test/builders/sim-homeserver.ts';
import { chatContract } from '#test/contracts/chat-contract.ts';

chatContract("the chat on the simulator's homeserver", async () => {
  const { kernel, server, stop } = await simHomeserver();
  return {
    homeserver: server.url,
    account: async name => server.addUser(`${name}-${randomUUID().slice(0, 8)}`),
    guest: async room => {
      const account = server.addUser(`guest-${randomUUID().slice(0, 8)}`);
      await new MatrixPerson(server.url, account).joins(room);
      server.makeGuest(account.userId);
      return account;
    },
    deactivate: async userId => server.deactivate(userId),
    throttle: async userId => {
      kernel.addFault({ service: 'matrix', action: 'send', contains: userId }, 'throttled', 1);
    },
    stop,
  };
});
