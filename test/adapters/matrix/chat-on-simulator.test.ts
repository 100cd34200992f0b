import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { simHomeserver, type TestHomeserver } from '#test/builders/sim-homeserver.ts';
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

describe('the feed', () => {
  let sim: TestHomeserver;
  beforeEach(async () => {
    sim = await simHomeserver();
  });
  afterEach(() => sim.stop());

  it("a slow server of the sender's is not taken for our absence", async () => {
    const { rooms, bot } = sim.server.world();
    const ending = new AbortController();
    const waited: number[] = [];
    const chat = matrixChat({
      homeserver: sim.server.url,
      accessToken: bot.accessToken,
      userId: bot.userId,
      storage: { get: async () => undefined, set: async () => {} },
      pollMs: 200,
    });
    const old = {
      type: 'm.room.message',
      event_id: '$old',
      sender: '@alice:slow',
      origin_server_ts: Date.now() - 3_600_000,
      content: { msgtype: 'm.text', body: '!cancel dev-1' },
    };
    const body = { next_batch: 's99', rooms: { join: { [rooms.work!]: { timeline: { events: [old] } } } } };
    sim.kernel.addFault({ service: 'matrix', action: 'sync', contains: 'since' }, 'answer', 1, { status: 200, body });
    const listening = chat.listen(
      async event => void (event.type === 'said' && waited.push(event.waited)),
      ending.signal,
    );
    await vi.waitFor(() => expect(waited).toHaveLength(1));
    expect(waited[0]).toBeLessThan(60_000);
    ending.abort();
    await listening;
  });

  const page = '<html><head><title>400 Bad Request</title></head><body>nginx</body></html>';
  const said = 'Query parameter since is not known here';
  const answers = [
    { who: "a proxy's page", body: page, times: 5, kept: true },
    { who: 'a body that says nothing', body: {}, times: 5, kept: true },
    {
      who: 'another refusal of the server',
      body: { errcode: 'M_BAD_JSON', error: 'odd filter' },
      times: 5,
      kept: true,
    },
    { who: 'one odd answer', body: { errcode: 'M_UNKNOWN_POS', error: said }, times: 1, kept: true },
    { who: 'the server, again and again', body: { errcode: 'M_UNKNOWN_POS', error: said }, times: 3, kept: false },
  ];

  it.each(answers)('a position that is refused by $who: kept is $kept', async ({ body, times, kept }) => {
    const { rooms, bot, people } = sim.server.world();
    const alice = new MatrixPerson(sim.server.url, people.alice!);
    const heard: string[] = [];
    let token: string | undefined;
    const chat = matrixChat({
      homeserver: sim.server.url,
      accessToken: bot.accessToken,
      userId: bot.userId,
      storage: {
        get: async () => token,
        set: async next => {
          token = next;
        },
      },
      pollMs: 500,
    });
    const listen = () => {
      const ending = new AbortController();
      const listening = chat.listen(
        async event => void (event.type === 'said' && heard.push(event.text)),
        ending.signal,
      );
      return async () => {
        ending.abort();
        await listening;
      };
    };
    const stop = listen();
    await vi.waitFor(() => expect(token).toBeDefined());
    await stop();
    await alice.says(rooms.work!, '!pause dev-1');
    const position = token;
    const fault = { service: 'matrix', action: 'sync', contains: position! } as const;
    sim.kernel.addFault(fault, 'answer', times, { status: 400, body });
    const stopAgain = listen();
    const patient = { timeout: 15_000 };
    await vi.waitFor(() => expect(token).not.toBe(position), patient);
    await alice.says(rooms.work!, 'later');
    await vi.waitFor(() => expect(heard).toContain('later'), patient);
    expect(heard).toEqual(kept ? ['!pause dev-1', 'later'] : ['later']);
    await stopAgain();
  });
});
