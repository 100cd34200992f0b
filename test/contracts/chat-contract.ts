import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MatrixChat, type MatrixChatOptions, matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { Outbox } from '#chat/outbox.ts';
import { Refused, Unknown } from '#core/errors.ts';
import { type Incoming, type OutgoingMessage, Throttled } from '#ports/chat.ts';
import { MatrixPerson, roomPath } from '#test/builders/matrix-person.ts';
import { cuttableProxy } from '#test/peers/cuttable-proxy.ts';

/** One homeserver, and what only its own means can do to it. */
export interface ChatHarness {
  readonly homeserver: string;
  /** A fresh account whose name begins with `name`. */
  account(name: string): Promise<{ readonly userId: string; readonly accessToken: string }>;
  /** A guest who has joined the room. */
  guest(room: string): Promise<{ readonly userId: string }>;
  deactivate(userId: string): Promise<void>;
  /** At least one of the account's next three sends is throttled, for a second or less. */
  throttle(userId: string): Promise<void>;
  stop(): Promise<void>;
}

interface Heard {
  readonly events: Incoming[];
  /** Waits until a plain message of this text came. */
  said(text: string): Promise<Extract<Incoming, { type: 'said' }>>;
  of<T extends Incoming['type']>(type: T): Extract<Incoming, { type: T }>[];
  stop(): Promise<void>;
}

const patient = { timeout: 10_000, interval: 20 };

/** Something that listens where a homeserver should, and what it answers. */
async function answering(answer: (url: string, method: string) => readonly [status: number, body: string]) {
  const server = createServer(({ url = '', method = '' }, response) => {
    const [status, body] = answer(url, method);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  return {
    homeserver: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** What the bot relies on in a chat network, through the real adapter. */
export function chatContract(name: string, start: () => Promise<ChatHarness>): void {
  describe(name, () => {
    let harness: ChatHarness;
    let alice: MatrixPerson;
    let bob: MatrixPerson;
    let ferry: MatrixPerson;
    const stops: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      harness = await start();
      const person = async (who: string) => new MatrixPerson(harness.homeserver, await harness.account(who));
      alice = await person('alice');
      bob = await person('bob');
      ferry = await person('ferry');
    }, 300_000);
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
    });
    afterAll(() => harness?.stop());

    it('keeps a mark in the account, which every process of the account sees, and nobody else', async () => {
      const owner = await harness.account('marked');
      const open = (userId = owner.userId) =>
        matrixChat({ homeserver: harness.homeserver, accessToken: owner.accessToken, userId, storage: memory() });
      expect(await open().mark()).toBeUndefined();
      await open().setMark('one');
      await open().setMark('other');
      expect(await open().mark()).toBe('other');
      expect(await open().record()).toBeUndefined();
      await open().setRecord('x'.repeat(32 * 1024));
      expect(await open().record()).toBe('x'.repeat(32 * 1024));
      await expect(open(alice.userId).mark()).rejects.toBeInstanceOf(Refused);
      await expect(open(alice.userId).setMark('mine')).rejects.toBeInstanceOf(Refused);
    });

    const memory = (token?: string) => {
      const kept = { token };
      const set = async (next: string) => {
        kept.token = next;
      };
      return { kept, get: async () => kept.token, set };
    };
    const bot = (more: Partial<MatrixChatOptions> = {}): MatrixChat =>
      matrixChat({
        homeserver: harness.homeserver,
        accessToken: ferry.accessToken,
        userId: ferry.userId,
        storage: memory(),
        pollMs: 2_000,
        ...more,
      });
    const setPower = async (id: string, account: string, level: number): Promise<void> => {
      const levels = await alice.state(id, 'm.room.power_levels');
      const users = { ...(levels.users as Record<string, number>), [account]: level };
      await alice.setState(id, 'm.room.power_levels', { ...levels, users });
    };
    /** A room of alice's with bob and the bot in it; the bot may set its state unless told otherwise. */
    const room = async (wish: Record<string, unknown> = {}, power = 50): Promise<string> => {
      const id = await alice.createRoom(wish);
      if (power > 0) await setPower(id, ferry.userId, power);
      await bob.joins(id);
      await ferry.joins(id);
      return id;
    };
    /** Begins to listen and resolves once the position is saved: what comes now is delivered. */
    const listen = async (
      storage: ReturnType<typeof memory>,
      more: Partial<MatrixChatOptions> = {},
    ): Promise<Heard> => {
      const events: Incoming[] = [];
      const ending = new AbortController();
      const listening = bot({ storage, ...more }).listen(async event => void events.push(event), ending.signal);
      let stopped: Promise<void> | undefined;
      const stop = () => {
        ending.abort();
        stopped ??= listening;
        return stopped;
      };
      stops.push(stop);
      await vi.waitFor(() => expect(storage.kept.token).toBeDefined(), patient);
      const of = <T extends Incoming['type']>(type: T) =>
        events.filter((event): event is Extract<Incoming, { type: T }> => event.type === type);
      return {
        events,
        stop,
        of,
        said: text =>
          vi.waitFor(() => {
            const found = of('said').find(event => event.text === text);
            expect(found, `nobody was heard saying "${text}"`).toBeDefined();
            return found!;
          }, patient),
      };
    };
    const message = (text: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
      text,
      mentions: [],
      notify: false,
      thread: undefined,
      card: { kind: 'notice' },
      ...more,
    });
    const content = async (id: string, event: string) =>
      (await alice.event(id, event)).content as Record<string, unknown>;

    describe('listening', () => {
      it('delivers nothing that was said before the first start', async () => {
        const id = await room();
        await bob.says(id, '!upgrade old');
        const heard = await listen(memory());
        await bob.says(id, '!upgrade new');
        await heard.said('!upgrade new');
        expect(heard.of('said').map(event => event.text)).toEqual(['!upgrade new']);
      });

      it('gives a message with its room, sender and time', async () => {
        const id = await room();
        const heard = await listen(memory());
        const event = await bob.says(id, '!targets dev');
        expect(await heard.said('!targets dev')).toMatchObject({
          room: id,
          id: event,
          sender: bob.userId,
          at: expect.closeTo(Date.now(), -5),
          thread: undefined,
          inReplyTo: undefined,
          mentionsUs: false,
        });
      });

      it('one event that takes long holds up none behind it, and the position waits for it', async () => {
        const id = await room();
        const storage = memory();
        await (await listen(storage)).stop();
        const before = storage.kept.token;
        const heard: string[] = [];
        const ending = new AbortController();
        let finish = () => {};
        const slow = new Promise<void>(resolve => {
          finish = resolve;
        });
        const listening = bot({ storage }).listen(async event => {
          if (event.type !== 'said') return;
          heard.push(event.text);
          if (event.text === 'slow') await slow;
        }, ending.signal);
        stops.push(async () => ending.abort());
        await bob.says(id, 'slow');
        await vi.waitFor(() => expect(heard).toContain('slow'), patient);
        await bob.says(id, 'quick');
        await vi.waitFor(() => expect(heard).toEqual(['slow', 'quick']), patient);
        expect(storage.kept.token).toBe(before);
        finish();
        await vi.waitFor(() => expect(storage.kept.token).not.toBe(before), patient);
        ending.abort();
        await listening;
        const again = await listen(storage);
        await bob.says(id, 'next');
        await again.said('next');
        expect(again.of('said').map(event => event.text)).toEqual(['next']);
      });

      it('what was not settled when a process died comes again, with what came after it', async () => {
        const id = await room();
        const storage = memory();
        await (await listen(storage)).stop();
        const heard: string[] = [];
        const dying = new AbortController();
        const listening = bot({ storage }).listen(async event => {
          if (event.type !== 'said') return;
          heard.push(event.text);
          if (event.text === 'unsettled') await new Promise(() => {});
        }, dying.signal);
        await bob.says(id, 'unsettled');
        await vi.waitFor(() => expect(heard).toContain('unsettled'), patient);
        await bob.says(id, 'settled');
        await vi.waitFor(() => expect(heard).toContain('settled'), patient);
        dying.abort();
        await listening;
        const again = await listen(storage);
        await again.said('settled');
        expect(again.of('said').map(event => event.text)).toEqual(['unsettled', 'settled']);
      });

      it('says how long a message waited for it, which is next to nothing while it listens', async () => {
        const id = await room();
        const storage = memory();
        await (await listen(storage)).stop();
        await bob.says(id, 'while it was away');
        const said = Date.now();
        await vi.waitFor(() => expect(Date.now() - said).toBeGreaterThan(300), patient);
        const heard = await listen(storage);
        expect((await heard.said('while it was away')).waited).toBeGreaterThanOrEqual(250);
        const from = Date.now();
        await bob.says(id, 'while it listens');
        const { waited } = await heard.said('while it listens');
        expect(waited).toBeLessThanOrEqual(Date.now() - from);
      });

      it('takes the quoted part away from a reply', async () => {
        const id = await room();
        const heard = await listen(memory());
        const first = await bob.says(id, '!start dev-1');
        await alice.says(id, `> <${bob.userId}> !start dev-1\n> more\n\nno, wait`, {
          'm.relates_to': { 'm.in_reply_to': { event_id: first } },
        });
        expect((await heard.said('no, wait')).inReplyTo).toBe(first);
      });

      it('tells the thread, which is no reply', async () => {
        const id = await room();
        const heard = await listen(memory());
        const root = await bob.says(id, 'root');
        await alice.says(id, '!retry', {
          'm.relates_to': {
            rel_type: 'm.thread',
            event_id: root,
            is_falling_back: true,
            'm.in_reply_to': { event_id: root },
          },
        });
        expect(await heard.said('!retry')).toMatchObject({ thread: root, inReplyTo: undefined });
      });

      it('tells whether it is mentioned', async () => {
        const id = await room();
        const heard = await listen(memory());
        await bob.says(id, 'ferry: status', { 'm.mentions': { user_ids: [ferry.userId] } });
        await bob.says(id, 'alice: status', { 'm.mentions': { user_ids: [alice.userId] } });
        expect((await heard.said('ferry: status')).mentionsUs).toBe(true);
        expect((await heard.said('alice: status')).mentionsUs).toBe(false);
      });

      it('is addressed by its display name in the room, as people see it now', async () => {
        const id = await room();
        const heard = await listen(memory());
        const name = `client/v3/profile/${encodeURIComponent(ferry.userId)}/displayname`;
        for (const displayname of ['Copr Ferry', 'Copr Boat']) {
          await ferry.call('PUT', name, { displayname });
          const member = `${roomPath(id)}/state/m.room.member/${encodeURIComponent(ferry.userId)}`;
          await vi.waitFor(async () => expect(await alice.call('GET', member)).toMatchObject({ displayname }), patient);
          await bob.says(id, `${displayname}, status`, { 'm.mentions': { user_ids: [ferry.userId] } });
          await vi.waitFor(() => {
            expect(heard.of('said').at(-1)).toMatchObject({ text: `${ferry.userId} status`, mentionsUs: true });
          }, patient);
          await bob.says(id, 'and so on');
          await heard.said('and so on');
        }
      });

      it('is silent about edits, notices and its own messages', async () => {
        const id = await room();
        const heard = await listen(memory());
        const event = await bob.says(id, 'one');
        await bob.edits(id, event, '!upgrade all');
        await bob.says(id, '!upgrade all', { msgtype: 'm.notice' });
        await ferry.says(id, '!upgrade all');
        await ferry.reacts(id, event, '✅');
        await bob.says(id, 'two');
        await heard.said('two');
        expect(heard.of('said').map(said => said.text)).toEqual(['one', 'two']);
        expect(heard.of('reacted')).toEqual([]);
      });

      it('tells of reactions and of what was deleted', async () => {
        const id = await room();
        const heard = await listen(memory());
        const event = await alice.says(id, 'one');
        const reaction = await bob.reacts(id, event, '✅');
        await vi.waitFor(() => expect(heard.of('reacted')).toHaveLength(1), patient);
        expect(heard.of('reacted')[0]).toMatchObject({ sender: bob.userId, to: event, emoji: '✅', id: reaction });
        await bob.redacts(id, reaction);
        await vi.waitFor(() => expect(heard.of('deleted')).toHaveLength(1), patient);
        expect(heard.of('deleted')[0]).toMatchObject({ sender: bob.userId, what: reaction });
      });

      it('tells of members who leave and of changed power', async () => {
        const id = await room();
        const heard = await listen(memory());
        await bob.leaves(id);
        await vi.waitFor(() => expect(heard.of('members').some(one => one.sender === bob.userId)).toBe(true), patient);
        await setPower(id, ferry.userId, 60);
        await vi.waitFor(
          () => expect(heard.of('members').some(one => one.sender === alice.userId)).toBe(true),
          patient,
        );
      });

      it('tells of an invitation, and of one that stood before the first start', async () => {
        const before = await alice.createRoom({ preset: 'private_chat', invite: [ferry.userId] });
        const heard = await listen(memory());
        const after = await alice.createRoom({ preset: 'private_chat', invite: [ferry.userId] });
        await vi.waitFor(() => expect(heard.of('invited').map(event => event.room)).toContain(after), patient);
        expect(heard.of('invited')).toContainEqual(expect.objectContaining({ room: before, sender: alice.userId }));
        const chat = bot();
        await chat.leave(before);
        await chat.leave(after);
      });

      it('delivers nothing of a room that was said before it came in', async () => {
        const id = await alice.createRoom();
        for (let i = 0; i < 5; i++) await alice.says(id, `old ${i}`);
        const heard = await listen(memory());
        await bot().join(id);
        await alice.says(id, 'new');
        await heard.said('new');
        expect(heard.of('said').map(event => event.text)).toEqual(['new']);
      });

      it('goes on after a restart where it was, in order and without doubles', async () => {
        const id = await room();
        const storage = memory();
        const heard = await listen(storage);
        await bob.says(id, 'one');
        await heard.said('one');
        await heard.stop();
        await bob.says(id, 'two');
        await bob.says(id, 'three');
        const again = await listen(storage);
        await again.said('three');
        expect(again.of('said').map(event => event.text)).toEqual(['two', 'three']);
      });

      it('says once that the server answers again after it did not, and then hears what was said meanwhile', async () => {
        const id = await room();
        const proxy = await cuttableProxy(Number(new URL(harness.homeserver).port));
        const storage = memory();
        const ending = new AbortController();
        const heard: string[] = [];
        let back = 0;
        const chat = bot({ storage, homeserver: `http://127.0.0.1:${proxy.port}` });
        const listening = chat.listen(
          async event => void (event.type === 'said' && heard.push(event.text)),
          ending.signal,
          () => {
            back += 1;
          },
        );
        await vi.waitFor(() => expect(storage.kept.token).toBeDefined(), patient);
        await bob.says(id, 'before');
        await vi.waitFor(() => expect(heard).toEqual(['before']), patient);
        expect(back).toBe(0);
        proxy.cut();
        await bob.says(id, 'after');
        await vi.waitFor(() => expect(heard).toEqual(['before', 'after']), patient);
        expect(back).toBe(1);
        ending.abort();
        await listening;
        await proxy.stop();
      });

      it('fills a gap that is longer than a sync shows', async () => {
        const id = await room();
        const storage = memory();
        await (await listen(storage)).stop();
        const texts = Array.from({ length: 17 }, (_, index) => `message ${index}`);
        for (const text of texts) await bob.says(id, text);
        // A sync shows five, two pages the rest.
        const again = await listen(storage, { pageSize: 10 });
        await again.said('message 16');
        expect(again.of('said').map(event => event.text)).toEqual(texts);
      });

      it('says when a gap was longer than it reads', async () => {
        const id = await room();
        const storage = memory();
        await (await listen(storage)).stop();
        for (let index = 0; index < 17; index++) await bob.says(id, `message ${index}`);
        const lost: string[] = [];
        const again = await listen(storage, { pageSize: 10, maxGapPages: 1, onLost: where => lost.push(where) });
        await again.said('message 16');
        expect(lost).toEqual([id]);
        expect(again.of('said').map(event => event.text)).toEqual(
          Array.from({ length: 15 }, (_, index) => `message ${index + 2}`),
        );
      });

      it('replays nothing when the server does not know its position', async () => {
        const id = await room();
        await bob.says(id, '!upgrade old');
        const storage = memory('no-such-position');
        const heard = await listen(storage);
        await vi.waitFor(() => expect(storage.kept.token).not.toBe('no-such-position'), patient);
        await bob.says(id, '!upgrade new');
        await heard.said('!upgrade new');
        expect(heard.of('said').map(event => event.text)).toEqual(['!upgrade new']);
      });

      it('delivers a batch again whose handling failed', async () => {
        const id = await room();
        const storage = memory();
        await (await listen(storage)).stop();
        await bob.says(id, 'poison');
        const failing = bot({ storage }).listen(() => Promise.reject(new Error('down')), new AbortController().signal);
        await expect(failing).rejects.toThrow('down');
        const again = await listen(storage);
        await again.said('poison');
      });

      it("refuses the token of somebody else's account", async () => {
        const listening = bot({ accessToken: bob.accessToken }).listen(async () => {}, AbortSignal.timeout(5_000));
        await expect(listening).rejects.toMatchObject({ code: 'chat-wrong-account' });
      });

      it('ends at a token that the server refuses, without naming it', async () => {
        const listening = bot({ accessToken: 'syt_secret' }).listen(async () => {}, AbortSignal.timeout(5_000));
        const error = await listening.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toMatchObject({ code: 'chat-token-refused' });
        expect(JSON.stringify([error, String(error), (error as Error).cause])).not.toContain('syt_secret');
      });
    });

    describe('writing', () => {
      it('posts with text, mentions and card; a notice is not a text', async () => {
        const id = await room();
        const chat = bot();
        const card = { run: 'dev-1', kind: 'request', state: 'open' } as const;
        const event = await chat.post(
          id,
          message('@bob look', { notify: true, mentions: [bob.userId], card }),
          randomUUID(),
        );
        expect(await content(id, event)).toMatchObject({
          msgtype: 'm.text',
          body: '@bob look',
          'm.mentions': { user_ids: [bob.userId] },
          'org.ferry.card': card,
        });
        const notice = await chat.post(id, message('fine'), randomUUID());
        const { msgtype, 'm.mentions': mentions } = await content(id, notice);
        expect([msgtype, mentions]).toEqual(['m.notice', {}]);
      });

      it('posts once for one transaction id', async () => {
        const id = await room();
        const txn = randomUUID();
        const first = await bot().post(id, message('once'), txn);
        expect(await bot().post(id, message('once'), txn)).toBe(first);
      });

      it('edits in place and mentions nobody', async () => {
        const id = await room();
        const chat = bot();
        const event = await chat.post(id, message('1 of 9', { notify: true, mentions: [bob.userId] }), randomUUID());
        const card = { kind: 'live' } as const;
        await chat.edit(id, event, message('2 of 9', { mentions: [bob.userId], card }), randomUUID());
        const bundled = (await alice.event(id, event)).unsigned as Record<string, Record<string, { content: unknown }>>;
        const edited = bundled['m.relations']!['m.replace']!.content as Record<string, unknown>;
        const fresh = edited['m.new_content'] as Record<string, unknown>;
        expect(edited.body).toBe('* 2 of 9');
        expect(fresh).toMatchObject({ body: '2 of 9', 'org.ferry.card': card });
        expect([edited['m.mentions'], fresh['m.mentions']]).toEqual([{}, {}]);
      });

      it('closes a message with a first line above its words, which stay byte for byte, mentions nobody, and moves no reaction', async () => {
        const id = await room();
        const chat = bot();
        const text = `@${bob.userId} wanted:\n  vol-1  as sdd\n<b>“ä”</b> ${'x'.repeat(23_000)}`;
        const first = { run: 'dev-1', kind: 'request', state: 'open' } as const;
        const event = await chat.post(
          id,
          message(text, { mentions: [bob.userId], notify: true, card: first }),
          randomUUID(),
        );
        await bob.reacts(id, event, '✅');
        const states = ['approved', 'open', 'rejected'] as const;
        const words = { approved: 'APPROVED by bob.', open: undefined, rejected: 'REJECTED by <carol>.' };
        for (const state of states) {
          const txn = randomUUID();
          for (let twice = 0; twice < 2; twice += 1)
            await chat.recard(id, event, { ...first, state }, words[state], txn);
        }
        const bundled = (await alice.event(id, event)).unsigned as Record<string, Record<string, { content: unknown }>>;
        const edited = bundled['m.relations']!['m.replace']! as { event_id?: string; content: Record<string, unknown> };
        const fresh = edited.content['m.new_content'] as Record<string, unknown>;
        const closed = `REJECTED by <carol>.\n${text}`;
        expect([edited.content.body, fresh.body, (await content(id, event)).body]).toEqual([closed, closed, text]);
        expect(fresh).toMatchObject({ msgtype: 'm.text', 'org.ferry.card': { ...first, state: 'rejected' } });
        expect([edited.content['m.mentions'], fresh['m.mentions']]).toEqual([{}, {}]);
        const where = `client/v1/rooms/${encodeURIComponent(id)}/relations/${encodeURIComponent(event)}/m.replace`;
        expect((await alice.call('GET', where)).chunk).toHaveLength(states.length);
        // What is put on the edit is not on the message.
        await alice.reacts(id, String(edited.event_id), '❌');
        const { reactions } = await chat.reactions(id, event);
        expect(reactions.map(one => [one.sender, one.emoji])).toEqual([[bob.userId, '✅']]);
      });

      it('leaves a message alone that was deleted, when it is to have another card', async () => {
        const id = await room();
        const chat = bot();
        const event = await chat.post(id, message('gone'), randomUUID());
        await ferry.redacts(id, event);
        await chat.recard(id, event, { kind: 'request', state: 'void' }, 'VOID', randomUUID());
        expect((await content(id, event)).body).toBeUndefined();
        const { chunk } = await alice.call('GET', `${roomPath(id)}/messages?dir=b&limit=10`);
        expect(JSON.stringify(chunk)).not.toContain('m.replace');
        const { gone } = await chat.reactions(id, event);
        expect(gone).toBe(true);
      });

      it('posts into a thread, a file too', async () => {
        const id = await room();
        const chat = bot();
        const root = await chat.post(id, message('root'), randomUUID());
        const reply = await chat.post(id, message('reply', { thread: root }), randomUUID());
        const relation = { rel_type: 'm.thread', event_id: root, is_falling_back: true };
        expect(await content(id, reply)).toMatchObject({ 'm.relates_to': relation });
        const file = { name: 'plan.txt', text: 'mdadm --stop\nä\n', thread: root, card: { kind: 'notice' } } as const;
        const event = await chat.upload(id, file, randomUUID());
        const uploaded = await content(id, event);
        expect(uploaded).toMatchObject({ msgtype: 'm.file', body: 'plan.txt', 'm.relates_to': relation });
        const where = String(uploaded.url).replace('mxc://', '');
        const got = await fetch(`${harness.homeserver}/_matrix/client/v1/media/download/${where}`, {
          headers: { authorization: `Bearer ${alice.accessToken}` },
        });
        expect(await got.text()).toBe('mdadm --stop\nä\n');
      });

      it('reacts; a second time changes nothing', async () => {
        const id = await room();
        const chat = bot();
        const event = await bob.says(id, 'one');
        await chat.react(id, event, '✅');
        await chat.react(id, event, '✅');
        expect((await chat.reactions(id, event)).reactions.map(one => one.emoji)).toEqual(['✅']);
      });

      it('sets the topic and reads it', async () => {
        const id = await room();
        const chat = bot();
        expect(await chat.topic(id)).toBe('');
        await chat.setTopic(id, 'outage until 16:28');
        await chat.setTopic(id, 'outage until 16:28');
        expect(await chat.topic(id)).toBe('outage until 16:28');
      });

      it("pins one message of its own and leaves others' pins alone", async () => {
        const id = await room();
        const chat = bot();
        const others = await alice.says(id, 'house rules');
        await alice.setState(id, 'm.room.pinned_events', { pinned: [others] });
        const pinned = async () => (await alice.state(id, 'm.room.pinned_events')).pinned;
        const first = await chat.post(id, message('live 1'), randomUUID());
        await chat.pin(id, first);
        expect(await pinned()).toEqual([others, first]);
        const second = await chat.post(id, message('live 2'), randomUUID());
        await chat.pin(id, second);
        expect(await pinned()).toEqual([others, second]);
        await chat.pin(id, undefined);
        expect(await pinned()).toEqual([others]);
      });

      it('joins a room and leaves it', async () => {
        const id = await alice.createRoom();
        const chat = bot();
        await chat.join(id);
        expect(await chat.joinedRooms()).toContain(id);
        await chat.leave(id);
        expect(await chat.joinedRooms()).not.toContain(id);
      });

      it('refuses a text that no event holds, and takes one that just fits', async () => {
        const id = await room();
        const long = bot().post(id, message('x'.repeat(70_000)), randomUUID());
        await expect(long).rejects.toMatchObject({ name: 'Refused', code: 'message-too-long' });
        const fits = await bot().post(id, message(`a  b\n${'x'.repeat(50_000)}`), randomUUID());
        expect(await content(id, fits)).not.toHaveProperty('formatted_body');
      });

      it('is refused what its power does not allow', async () => {
        const id = await room({}, 0);
        const refused = bot().setTopic(id, 'mine');
        await expect(refused).rejects.toMatchObject({ name: 'ServerRefusal', code: 'chat-forbidden' });
        await expect(refused).rejects.toBeInstanceOf(Refused);
      });

      it('waits as long as a throttling server asks, but not beyond its patience', async () => {
        const id = await room();
        const hasty = new MatrixPerson(harness.homeserver, await harness.account('hasty'));
        await hasty.joins(id);
        await harness.throttle(hasty.userId);
        const chat = bot({ accessToken: hasty.accessToken, userId: hasty.userId });
        const posts = (writer: Pick<MatrixChat, 'post'>) =>
          Promise.allSettled([1, 2, 3].map(n => writer.post(id, message(`hasty ${n}`), randomUUID())));
        const failed = (await posts(chat)).find(one => one.status === 'rejected');
        expect(failed?.reason).toBeInstanceOf(Throttled);
        expect(failed?.reason).toMatchObject({ code: 'chat-throttled', after: expect.any(Number) });
        await harness.throttle(hasty.userId);
        const clock = { now: Date.now, sleep: (ms: number) => sleep(ms) };
        const outbox = new Outbox(chat, clock);
        const ending = new AbortController();
        stops.push(async () => ending.abort());
        outbox.open(ending.signal);
        const posted = await posts(outbox.lane('notices'));
        expect(posted.map(one => one.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      });
    });

    describe('reading', () => {
      it('reads every reaction of every page, as sent', async () => {
        const id = await room();
        const event = await alice.says(id, 'request');
        for (let n = 0; n < 13; n++) await bob.reacts(id, event, `junk ${n}`);
        const last = await alice.reacts(id, event, '❌\uFE0F');
        const { gone, reactions } = await bot({ pageSize: 5 }).reactions(id, event);
        expect(gone).toBe(false);
        expect(reactions).toHaveLength(14);
        expect(reactions.at(-1)).toMatchObject({ event: last, sender: alice.userId, emoji: '❌\uFE0F' });
      });

      it('does not see a reaction that was taken back', async () => {
        const id = await room();
        const event = await alice.says(id, 'request');
        const reaction = await bob.reacts(id, event, '✅');
        await alice.reacts(id, event, '❌');
        await bob.redacts(id, reaction);
        expect((await bot().reactions(id, event)).reactions.map(one => one.emoji)).toEqual(['❌']);
      });

      it('says that a deleted message is gone, its reactions with it, and one that never was', async () => {
        const id = await room();
        const event = await alice.says(id, 'request');
        await bob.reacts(id, event, '✅');
        await alice.redacts(id, event);
        expect(await bot().reactions(id, event)).toEqual({ gone: true, reactions: [] });
        const never = `$${'A'.repeat(43)}`;
        expect(await bot().reactions(id, never)).toEqual({ gone: true, reactions: [] });
      });

      it('knows who is in the room, was, is invited, is banned or never came', async () => {
        const id = await room();
        const chat = bot();
        const extra = async (who: string) => new MatrixPerson(harness.homeserver, await harness.account(who));
        const [gone, banned, invited, stranger] = [
          await extra('gone'),
          await extra('banned'),
          await extra('invited'),
          await extra('stranger'),
        ];
        await gone.joins(id);
        await gone.leaves(id);
        await alice.does('ban', id, banned.userId);
        await alice.does('invite', id, invited.userId);
        const whole = { guest: false, deactivated: false };
        expect(await chat.member(id, bob.userId)).toEqual({ account: bob.userId, membership: 'join', ...whole });
        expect((await chat.member(id, gone.userId))?.membership).toBe('leave');
        expect((await chat.member(id, banned.userId))?.membership).toBe('ban');
        expect((await chat.member(id, invited.userId))?.membership).toBe('invite');
        expect(await chat.member(id, stranger.userId)).toBeUndefined();
        const all = await chat.members(id);
        expect(all).toContainEqual({ account: bob.userId, membership: 'join', ...whole });
        expect(all.find(one => one.account === banned.userId)?.membership).toBe('ban');
      });

      it('knows a guest', async () => {
        const id = await room({
          initial_state: [{ type: 'm.room.guest_access', state_key: '', content: { guest_access: 'can_join' } }],
        });
        const guest = await harness.guest(id);
        expect(await bot().member(id, guest.userId)).toMatchObject({ membership: 'join', guest: true });
      });

      it('takes an account without name and picture for what it is, whose profile there is none of', async () => {
        const id = await room();
        const plain = new MatrixPerson(harness.homeserver, await harness.account('plain'));
        await plain.joins(id);
        const profile = `client/v3/profile/${encodeURIComponent(plain.userId)}`;
        await plain.call('PUT', `${profile}/displayname`, { displayname: '' });
        expect((await plain.answer('GET', profile)).status).toBe(404);
        expect(await bot().member(id, plain.userId)).toMatchObject({ membership: 'join', deactivated: false });
      });

      it('does not take a deactivated account for a member', async () => {
        const id = await room();
        const leaver = new MatrixPerson(harness.homeserver, await harness.account('leaver'));
        await leaver.joins(id);
        expect(await bot().member(id, leaver.userId)).toMatchObject({ membership: 'join', deactivated: false });
        await harness.deactivate(leaver.userId);
        const active = async () => {
          const found = await bot().member(id, leaver.userId);
          return found?.membership === 'join' && !found.deactivated;
        };
        await vi.waitFor(async () => expect(await active()).toBe(false), patient);
      });

      it('knows by which event it came into a room: another name changes nothing, going out and in does', async () => {
        const id = await room();
        const chat = bot();
        const first = await chat.cameIn(id);
        const name = `client/v3/profile/${encodeURIComponent(ferry.userId)}/displayname`;
        await ferry.call('PUT', name, { displayname: 'Ferry of old' });
        await ferry.call('PUT', name, { displayname: 'Ferry' });
        await vi.waitFor(async () => {
          const where = `${roomPath(id)}/state/m.room.member/${encodeURIComponent(ferry.userId)}`;
          const now = await alice.call('GET', where);
          expect(now.displayname).toBe('Ferry');
        }, patient);
        expect(await chat.cameIn(id)).toBe(first);
        await setPower(id, ferry.userId, 0);
        await alice.does('kick', id, ferry.userId);
        expect(await chat.cameIn(id)).toBeUndefined();
        await ferry.joins(id);
        const second = await chat.cameIn(id);
        expect(second).not.toBe(first);
        expect(second).toMatch(/^\$/);
      });

      it('reads no answer that was given while it was out, where the room hides the past', async () => {
        const id = await room();
        await alice.setState(id, 'm.room.history_visibility', { history_visibility: 'joined' });
        const request = await ferry.says(id, 'request');
        await bob.reacts(id, request, '✅');
        await ferry.leaves(id);
        await alice.reacts(id, request, '❌');
        await ferry.joins(id);
        expect((await bot().reactions(id, request)).reactions.map(one => one.emoji)).toEqual(['✅']);
      });

      it('knows an encrypted room', async () => {
        const plain = await room();
        const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
        const secret = await room({ initial_state: [encryption] });
        expect(await bot().room(plain)).toEqual({ encrypted: false, replacedBy: undefined, showsPast: true });
        expect(await bot().room(secret)).toMatchObject({ encrypted: true });
      });

      it('knows a room that was replaced, and one that hides what was said while somebody was out', async () => {
        const old = await room();
        await alice.setState(old, 'm.room.tombstone', { body: 'moved', replacement_room: '!new:sim' });
        await alice.setState(old, 'm.room.history_visibility', { history_visibility: 'joined' });
        expect(await bot().room(old)).toEqual({ encrypted: false, replacedBy: '!new:sim', showsPast: false });
      });

      it('knows a room that it was put out of, or never came into, for one that it is not in', async () => {
        const [mine, other] = [await room(), await alice.createRoom({ preset: 'private_chat' })];
        expect(await bot().room(mine)).toBeDefined();
        await setPower(mine, ferry.userId, 0);
        await alice.does('kick', mine, ferry.userId);
        expect(await bot().room(mine)).toBeUndefined();
        expect(await bot().room(other)).toBeUndefined();
      });

      it('tells of its own coming and going, and of what a room becomes', async () => {
        const id = await alice.createRoom({ invite: [ferry.userId] });
        const heard = await listen(memory());
        await bot().join(id);
        await vi.waitFor(() => expect(heard.of('placed')).toMatchObject([{ room: id, membership: 'join' }]), patient);
        await alice.setState(id, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
        await alice.setState(id, 'm.room.tombstone', { body: 'moved', replacement_room: '!new:sim' });
        await vi.waitFor(() => expect(heard.of('room-changed')).toHaveLength(2), patient);
        await alice.does('kick', id, ferry.userId);
        await vi.waitFor(
          () =>
            expect(heard.of('placed').at(-1)).toMatchObject({ room: id, membership: 'leave', sender: alice.userId }),
          patient,
        );
      });

      it('finds a room by its alias and links to its events', async () => {
        const alias = `work-${randomUUID()}`;
        const id = await room({ room_alias_name: alias });
        const server = ferry.userId.split(':')[1] ?? '';
        expect(await bot().resolve(`#${alias}:${server}`)).toBe(id);
        const none = bot().resolve(`#none-${alias}:${server}`);
        await expect(none).rejects.toMatchObject({ code: 'chat-not-found' });
        expect(bot().link(id, '$e')).toContain('https://matrix.to/#/!');
      });

      it('knows nothing about a room that it is not in', async () => {
        const id = await alice.createRoom({ preset: 'private_chat' });
        const event = await alice.says(id, 'secret');
        await expect(bot().reactions(id, event)).rejects.toBeInstanceOf(Unknown);
        await expect(bot().member(id, alice.userId)).rejects.toBeInstanceOf(Unknown);
      });

      it('knows nothing of a message whose reactions have no last page', async () => {
        const server = createServer((_, response) => {
          response.setHeader('content-type', 'application/json');
          response.end('{"chunk":[],"next_batch":"more"}');
        }).listen(0, '127.0.0.1');
        await new Promise(resolve => server.once('listening', resolve));
        const homeserver = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const read = bot({ homeserver }).reactions('!r:x', '$request');
        await expect(read).rejects.toMatchObject({ name: 'Unknown', code: 'chat-too-many-reactions' });
        server.closeAllConnections();
        server.close();
      });

      it('knows nothing where the server is away, fails or talks something else', async () => {
        await expect(bot({ homeserver: 'http://127.0.0.1:9' }).member('!r:x', '@a:x')).rejects.toBeInstanceOf(Unknown);
        const answers = [
          [502, '<html>Bad gateway</html>'],
          [500, '{"errcode":"M_UNKNOWN","error":"oops"}'],
          [200, '<html>hello</html>'],
        ] as const;
        for (const answer of answers) {
          await using server = await answering(() => answer);
          await expect(bot(server).member('!r:x', '@a:x')).rejects.toBeInstanceOf(Unknown);
          await expect(bot(server).post('!r:x', message('hi'), 't')).rejects.toBeInstanceOf(Unknown);
        }
      });

      it('takes an answer that lacks what was asked for for none, whatever its status', async () => {
        const of = { '/relations/': { chunk: [] }, '/joined_rooms': { joined_rooms: ['!r:x'] } };
        const member = { membership: 'join', event_id: '$m', replaces_state: '$l' };
        const odd: readonly [string, Readonly<Record<string, unknown>>, (chat: MatrixChat) => Promise<unknown>][] = [
          ['the page of reactions', { '/event/': { event_id: '$e' } }, chat => chat.reactions('!r:x', '$e')],
          ['the message itself', of, chat => chat.reactions('!r:x', '$e')],
          ['the members', {}, chat => chat.members('!r:x')],
          ['a member', {}, chat => chat.member('!r:x', '@a:x')],
          ['what the server can do', { '/m.room.member/': member }, chat => chat.member('!r:x', '@a:x')],
          [
            'the word on an account',
            {
              '/m.room.member/': member,
              '/capabilities': { capabilities: { 'org.matrix.msc3720.account_status': { enabled: true } } },
            },
            chat => chat.member('!r:x', '@a:x'),
          ],
          ['what our place was before', { ...of, '/m.room.member/': member }, chat => chat.cameIn('!r:x')],
        ];
        for (const [what, right, read] of odd) {
          for (const body of ['{}', '[]', '{"chunk":{},"capabilities":[],"account_statuses":[],"event":[]}']) {
            await using server = await answering(url => {
              const found = Object.entries(right).find(([part]) => url.includes(part));
              return [200, found === undefined ? body : JSON.stringify(found[1])];
            });
            const seen = await read(bot(server)).catch((error: unknown) => error);
            expect(seen, `${what}: ${body}`).toBeInstanceOf(Unknown);
          }
        }
      });

      it('takes a call that the server doesn’t know for no word that there is nothing: what is pinned stays', async () => {
        const asked: string[] = [];
        await using server = await answering((_url, method) => {
          asked.push(method);
          return [404, '{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}'];
        });
        await expect(bot(server).pin('!r:x', '$e')).rejects.toMatchObject({ status: 404 });
        await expect(bot(server).setTopic('!r:x', 'up')).rejects.toMatchObject({ status: 404 });
        await expect(bot(server).recard('!r:x', '$e', { kind: 'refusal' }, undefined, 't')).rejects.toMatchObject({
          status: 404,
        });
        expect(asked).toEqual(['GET', 'GET', 'GET']);
      });
    });
  });
}
