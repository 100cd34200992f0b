import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { matrixChat } from '#adapters/matrix/matrix-chat.ts';
import type { Said } from '#ports/chat.ts';

const hour = 3_600_000;
const late = { text: 'written an hour ago', at: Date.now() - hour };

/** A homeserver that gives one message to whoever has a position: one that reached it only now. */
async function homeserver() {
  let given = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const answer = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (url.pathname.endsWith('/whoami')) return answer({ user_id: '@ferry:x' });
    const since = url.searchParams.get('since');
    if (since === null) return answer({ next_batch: 'first' });
    if (given > 0) return;
    given += 1;
    const event = {
      type: 'm.room.message',
      event_id: '$late',
      sender: '@alice:slow.example',
      origin_server_ts: late.at,
      content: { msgtype: 'm.text', body: late.text },
    };
    answer({ next_batch: 'second', rooms: { join: { '!r:x': { timeline: { events: [event] } } } } });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function heardFrom(position: string | undefined): Promise<Said> {
  const server = await homeserver();
  const ending = new AbortController();
  let said: Said | undefined;
  const chat = matrixChat({
    homeserver: server.url,
    accessToken: 'some',
    userId: '@ferry:x',
    storage: { get: async () => position, set: async () => {} },
  });
  const listening = chat.listen(async event => {
    if (event.type === 'said') said = event;
  }, ending.signal);
  await vi.waitFor(() => expect(said).toBeDefined(), { timeout: 15_000 });
  ending.abort();
  await listening;
  server.stop();
  return said as Said;
}

it("a message that a sender's slow server kept back for an hour, while we listened, is fresh", async () => {
  expect((await heardFrom(undefined)).waited).toBeLessThan(60_000);
});

it('a message that came while we were away is as old as it is', async () => {
  expect((await heardFrom('before')).waited).toBeGreaterThan(hour - 60_000);
});
