import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { MatrixPerson, roomPath } from '#test/builders/matrix-person.ts';
import { simHomeserver, type TestHomeserver } from '#test/builders/sim-homeserver.ts';

describe('the homeserver of the simulator', () => {
  let sim: TestHomeserver;
  let work: string;
  const person = (name: string) => {
    const world = sim.server.world();
    return new MatrixPerson(sim.server.url, name === 'ferry' ? world.bot : world.people[name]!);
  };

  beforeEach(async () => {
    sim = await simHomeserver();
    work = sim.server.world().rooms.work!;
  });
  afterEach(() => sim.stop());

  it('tells scripts how to get in', async () => {
    const world = sim.server.world();
    expect(Object.keys(world.rooms)).toEqual(['work', 'fedora-buildsys']);
    expect(Object.keys(world.people)).toEqual(['alice', 'bob', 'carol', 'dan', 'mallory']);
    expect(world.bot.userId).toBe('@ferry:sim');
    expect(await person('dan').call('GET', 'client/v3/account/whoami')).toMatchObject({ user_id: '@dan:sim' });
    expect(await person('dan').call('GET', 'client/v3/directory/room/%23copr-work%3Asim')).toMatchObject({
      room_id: work,
    });
  });

  it('shows its rooms to the controls', async () => {
    const event = await person('alice').says(work, 'hello');
    await person('ferry').setState(work, 'm.room.topic', { topic: 'quiet' });
    await person('ferry').setState(work, 'm.room.pinned_events', { pinned: [event] });
    const room = sim.server.rooms().find(one => one.key === 'work');
    expect(room).toMatchObject({
      id: work,
      alias: '#copr-work:sim',
      name: 'copr-work',
      topic: 'quiet',
      pinned: [event],
      members: { '@ferry:sim': 'join' },
    });
    expect(room?.events.some(one => one.event_id === event)).toBe(true);
  });

  it('logs in by password and refuses a wrong one, telling nobody which', async () => {
    const login = async (password: string) => {
      const response = await fetch(`${sim.server.url}/_matrix/client/v3/login`, {
        method: 'POST',
        body: JSON.stringify({
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user: 'bob' },
          password,
        }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const { body } = await login('bob-password');
    const account = { userId: body.user_id!, accessToken: body.access_token! };
    expect(await new MatrixPerson(sim.server.url, account).says(work, 'it is me')).toMatch(/^\$/);
    expect((await login('wrong')).status).toBe(403);
    expect(JSON.stringify(sim.kernel.calls)).not.toContain('bob-password');
    expect(JSON.stringify(sim.kernel.calls)).not.toContain(body.access_token);
  });

  it('goes on after a restart: events, tokens, transactions and positions stay good', async () => {
    const alice = person('alice');
    const first = await alice.send(work, 'm.room.message', { msgtype: 'm.text', body: 'before' }, 'txn-1');
    const position = String((await alice.call('GET', 'client/v3/sync')).next_batch);
    await alice.reacts(work, first, '✅');
    sim = await sim.restart();
    // The client's kept connection has to notice first.
    await vi.waitFor(() => alice.call('GET', 'client/versions'));
    expect(await alice.send(work, 'm.room.message', { msgtype: 'm.text', body: 'again' }, 'txn-1')).toBe(first);
    const sync = await alice.call('GET', `client/v3/sync?since=${position}`);
    expect(JSON.stringify(sync)).toContain('✅');
    expect(JSON.stringify(sync)).not.toContain('before');
    await expect(alice.reacts(work, first, '✅')).rejects.toThrow('M_DUPLICATE_ANNOTATION');
    expect(sim.server.world().rooms.work).toBe(work);
  });

  it('answers a waiting sync as soon as something is said', async () => {
    const position = String((await person('bob').call('GET', 'client/v3/sync')).next_batch);
    const waiting = person('bob').call('GET', `client/v3/sync?since=${position}&timeout=20000`);
    await vi.waitFor(() => expect(sim.kernel.calls.filter(call => call.action === 'sync')).toHaveLength(2));
    const said = Date.now();
    await person('alice').says(work, 'news');
    expect(JSON.stringify(await waiting)).toContain('news');
    expect(Date.now() - said).toBeLessThan(2_000);
  });

  it('answers an empty sync when its time is over', async () => {
    const position = String((await person('bob').call('GET', 'client/v3/sync')).next_batch);
    const sync = await person('bob').call('GET', `client/v3/sync?since=${position}&timeout=50`);
    expect(sync).toMatchObject({ next_batch: position, rooms: { join: {} } });
  });

  it('cuts a long timeline and says where it goes on', async () => {
    const alice = person('alice');
    const position = String((await alice.call('GET', 'client/v3/sync')).next_batch);
    for (let index = 0; index < 12; index++) await alice.says(work, `message ${index}`);
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 5 } } }));
    const sync = (await alice.call('GET', `client/v3/sync?since=${position}&filter=${filter}`)) as {
      rooms: { join: Record<string, { timeline: { limited: boolean; prev_batch: string; events: unknown[] } }> };
    };
    const { timeline } = sync.rooms.join[work]!;
    expect(timeline).toMatchObject({ limited: true, events: { length: 5 } });
    const older = await alice.call(
      'GET',
      `${roomPath(work)}/messages?dir=b&from=${timeline.prev_batch}&to=${position}&limit=100`,
    );
    expect((older.chunk as { content: { body: string } }[]).map(event => event.content.body)).toEqual(
      [6, 5, 4, 3, 2, 1, 0].map(index => `message ${index}`),
    );
    expect(older).not.toHaveProperty('end');
  });

  it('walks a room in pages, forth and back', async () => {
    const alice = person('alice');
    const bodies = Array.from({ length: 7 }, (_, index) => `message ${index}`);
    for (const body of bodies) await alice.says(work, body);
    const walk = async (dir: 'b' | 'f') => {
      const found: string[] = [];
      let from = '';
      for (;;) {
        const filter = encodeURIComponent(JSON.stringify({ types: ['m.room.message'] }));
        const page = await alice.call(
          'GET',
          `${roomPath(work)}/messages?dir=${dir}&limit=3&filter=${filter}${from && `&from=${from}`}`,
        );
        found.push(...(page.chunk as { content: { body: string } }[]).map(event => event.content.body));
        if (page.end === undefined) return found;
        from = String(page.end);
      }
    };
    expect(await walk('f')).toEqual(bodies);
    expect(await walk('b')).toEqual(bodies.toReversed());
  });

  it('bundles the newest edit and the thread with an event, and strips a redacted one', async () => {
    const [alice, bob] = [person('alice'), person('bob')];
    const root = await alice.says(work, 'root');
    await alice.edits(work, root, 'root, mended');
    await bob.edits(work, root, 'forged');
    const relation = { 'm.relates_to': { rel_type: 'm.thread', event_id: root, is_falling_back: true } };
    await bob.says(work, 'reply', relation);
    const event = JSON.stringify((await alice.event(work, root)).unsigned);
    expect(event).toContain('root, mended');
    expect(event).not.toContain('forged');
    expect(event).toContain('"count":1');
    await alice.redacts(work, root);
    expect(await alice.event(work, root)).toMatchObject({
      content: {},
      unsigned: { redacted_because: { sender: '@alice:sim', type: 'm.room.redaction' } },
    });
  });

  it('lists what relates to an event, without what was redacted', async () => {
    const [alice, bob] = [person('alice'), person('bob')];
    const root = await alice.says(work, 'root');
    const reaction = await bob.reacts(work, root, '✅');
    await alice.edits(work, root, 'mended');
    const related = async () => {
      const path = `client/v1/rooms/${encodeURIComponent(work)}/relations/${encodeURIComponent(root)}`;
      return ((await alice.call('GET', path)).chunk as { type: string }[]).map(event => event.type);
    };
    expect(await related()).toEqual(['m.room.message', 'm.reaction']);
    await bob.redacts(work, reaction);
    expect(await related()).toEqual(['m.room.message']);
  });

  it('lets nobody do what their power does not allow', async () => {
    const [mallory, bob] = [person('mallory'), person('bob')];
    const event = await bob.says(work, 'mine');
    const forbidden = async (what: Promise<unknown>) => expect(what).rejects.toThrow('M_FORBIDDEN');
    await forbidden(mallory.setState(work, 'm.room.topic', { topic: 'hacked' }));
    await forbidden(mallory.redacts(work, event));
    await forbidden(mallory.does('ban', work, bob.userId));
    await forbidden(mallory.setState(work, 'm.room.power_levels', { users: { [mallory.userId]: 100 } }));
    await forbidden(person('ferry').setState(work, 'm.room.power_levels', { users: { '@ferry:sim': 100 } }));
    const { users, ...levels } = await person('alice').state(work, 'm.room.power_levels');
    const above = { ...levels, users: { ...(users as object), [bob.userId]: 101 } };
    await forbidden(person('alice').setState(work, 'm.room.power_levels', above));
    const secret = await bob.createRoom({ preset: 'private_chat' });
    await forbidden(mallory.joins(secret));
    await forbidden(mallory.says(secret, 'hi'));
    await forbidden(mallory.call('GET', `${roomPath(secret)}/messages?dir=b`));
    await person('ferry').setState(work, 'm.room.topic', { topic: 'outage' });
    await person('ferry').redacts(work, event);
  });

  it('shows a left room once, and nothing of it afterwards', async () => {
    const [alice, carol] = [person('alice'), person('carol')];
    const position = String((await carol.call('GET', 'client/v3/sync')).next_batch);
    await alice.does('kick', work, carol.userId);
    await alice.says(work, 'after');
    const sync = await carol.call('GET', `client/v3/sync?since=${position}`);
    expect(Object.keys((sync.rooms as { leave: object }).leave)).toEqual([work]);
    expect(JSON.stringify(sync)).not.toContain('after');
    await expect(carol.event(work, '$none')).rejects.toThrow('M_FORBIDDEN');
  });

  it('ends an account: its token is void, its login refused, and the server says so of it', async () => {
    sim.server.deactivate('carol', { stay: true });
    await expect(person('carol').says(work, 'hi')).rejects.toThrow();
    const chat = matrixChat({
      homeserver: sim.server.url,
      accessToken: sim.server.world().bot.accessToken,
      userId: '@ferry:sim',
      storage: { get: async () => undefined, set: async () => {} },
    });
    expect(await chat.member(work, '@carol:sim')).toMatchObject({ membership: 'join', deactivated: true });
  });

  it('limits the events of an account, and tells it how long to wait', async () => {
    sim.server.limit('alice', { perSecond: 0.5, burst: 2 });
    const alice = person('alice');
    const event = await alice.says(work, 'one');
    await alice.reacts(work, event, '✅');
    const third = await alice.answer('PUT', `${roomPath(work)}/send/m.room.message/t3`, {
      msgtype: 'm.text',
      body: 'x',
    });
    expect(third).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } });
    expect(third.body.retry_after_ms).toSatisfy(wait => typeof wait === 'number' && wait > 0 && wait <= 2_000);
    await alice.call('GET', `${roomPath(work)}/members`);
    await person('bob').says(work, 'not limited');
  });

  describe('with a fault', () => {
    const send = () => person('alice').send(work, 'm.room.message', { msgtype: 'm.text', body: 'x' }, 'txn-x');
    const sent = () => sim.kernel.effects.filter(effect => effect.action === 'send');
    const fault = (kind: Parameters<TestHomeserver['kernel']['addFault']>[1]) =>
      sim.kernel.addFault({ service: 'matrix', action: 'send', contains: '@alice:sim' }, kind, 1);

    it('throttles without effect', async () => {
      fault('throttled');
      await expect(send()).rejects.toThrow(/429.*M_LIMIT_EXCEEDED.*retry_after_ms/);
      expect(sent()).toHaveLength(0);
      await send();
    });

    it('loses the reply after the effect; the same transaction id is the same event', async () => {
      fault('reply-lost');
      await expect(send()).rejects.toThrow('fetch failed');
      expect(sent()).toHaveLength(1);
      await send();
      expect(sent()).toHaveLength(1);
    });

    it('drops or fails without effect', async () => {
      fault('drop');
      await expect(send()).rejects.toThrow('fetch failed');
      fault('fail');
      await expect(send()).rejects.toThrow('500');
      expect(sent()).toHaveLength(0);
    });

    it('answers any call with any status and body, without effect or after it', async () => {
      const page = '<html><body>502 Bad Gateway</body></html>';
      const put = () =>
        fetch(`${sim.server.url}/_matrix/${roomPath(work)}/send/m.room.message/t`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${person('alice').accessToken}` },
          body: '{"msgtype":"m.text","body":"x"}',
        });
      const answered = (action: string, answer: Parameters<TestHomeserver['kernel']['addFault']>[3]) =>
        sim.kernel.addFault({ service: 'matrix', action }, 'answer', 1, answer);
      answered('send', { status: 502, body: page });
      const proxied = await put();
      expect([proxied.status, proxied.headers.get('content-type'), await proxied.text()]).toEqual([
        502,
        'text/html',
        page,
      ]);
      expect(sent()).toHaveLength(0);
      answered('send', { status: 504, body: page, afterEffect: true });
      expect((await put()).status).toBe(504);
      expect(sent()).toHaveLength(1);
      const body = { errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests', retry_after_ms: 12_000 };
      answered('send', { status: 429, body, headers: { 'retry-after': '12' } });
      const slowed = await put();
      expect([slowed.status, slowed.headers.get('retry-after'), await slowed.json()]).toEqual([429, '12', body]);
      answered('sync', { status: 200, body: '' });
      const odd = await fetch(`${sim.server.url}/_matrix/client/v3/sync`, {
        headers: { authorization: `Bearer ${person('alice').accessToken}` },
      });
      expect([odd.status, await odd.text()]).toEqual([200, '']);
    });

    it('hangs until the client gives up', async () => {
      fault('hang');
      const url = `${sim.server.url}/_matrix/${roomPath(work)}/send/m.room.message/t`;
      const headers = { authorization: `Bearer ${person('alice').accessToken}` };
      const hanging = fetch(url, { method: 'PUT', headers, body: '{}', signal: AbortSignal.timeout(200) });
      await expect(hanging).rejects.toThrow('timeout');
      expect(sent()).toHaveLength(0);
    });

    it('holds a call before and after its effect until it is let go', async () => {
      const before = fault('hold-before');
      let done = false;
      const sending = send().then(() => {
        done = true;
      });
      await vi.waitFor(() => expect(sim.kernel.calls.some(call => call.action === 'send')).toBe(true));
      expect(sent()).toHaveLength(0);
      const after = fault('hold-after');
      sim.kernel.removeFault(before);
      await vi.waitFor(() => expect(sent()).toHaveLength(1));
      expect(done).toBe(false);
      sim.kernel.removeFault(after);
      await sending;
    });
  });
});
