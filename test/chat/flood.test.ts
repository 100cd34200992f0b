import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '#core/entries.ts';
import { Conversation } from '../builders/conversation.ts';
import type { Speaker } from '../builders/room-people.ts';

const patient = { timeout: 20_000, interval: 20 };

let room: Conversation;
let alice: Speaker;
let bob: Speaker;
let mallory: Speaker;

beforeEach(async () => {
  room = await Conversation.start(undefined, undefined, { commandWithin: 1_700 });
  [alice, bob, mallory] = ['alice', 'bob', 'mallory'].map(name => room.person(name)) as [Speaker, Speaker, Speaker];
});
afterEach(() => room.stop());

/** Waits until the journal has an entry of a type. */
function journaled<T extends Entry['type']>(type: T): Promise<Extract<Entry, { type: T }>> {
  return vi.waitFor(async () => {
    const found = (await room.runs.entries('dev-1')).find(entry => entry.type === type);
    if (found === undefined) throw new Error(`no ${type} was journaled\n${room.logged.join('\n')}`);
    return found as Extract<Entry, { type: T }>;
  }, patient);
}

describe('a flood in a room', () => {
  it("questions of a stranger use up neither the server's limit nor the room: few are answered, and one line says so", async () => {
    for (let count = 0; count < 25; count += 1)
      await mallory.saysIn(room.tell, `!ferry status ${'x'.repeat(count % 3)}`);
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    const told = (await room.said(room.tell)).map(one => one.text);
    expect(told.length).toBeLessThanOrEqual(4);
    expect(told.filter(text => text.startsWith('Many questions came at once'))).toHaveLength(1);
  });

  it('with the server’s limit used up by questions, a ✅ and a !pause are taken before the answers are through', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    room.homeserver.server.limit('ferry', { perSecond: 1, burst: 1 });
    for (let count = 0; count < 8; count += 1) {
      await Promise.all([alice.says('!whoami'), mallory.says('!whoami'), mallory.saysIn(room.tell, '!ferry status')]);
    }
    await bob.reacts('✅', request);
    await alice.says('!pause dev-1');
    await journaled('approved');
    await journaled('paused');
    const given = async () => (await room.said()).filter(one => one.text.startsWith('@alice:sim is alice')).length;
    await room.shows(/alice paused dev-1/);
    // Acknowledged before what was asked earlier is answered, which is answered all the same.
    expect(await given()).toBeLessThan(6);
    await vi.waitFor(async () => expect(await given()).toBe(8), patient);
  });

  it('a !start while the homeserver doesn’t say who answered is refused, and is no start when it does', async () => {
    await alice.says('!upgrade copr-be-dev');
    for (const gate of ['LIVE', 'OUTAGE']) await bob.reacts('✅', await room.request(gate));
    const asked = await room.request('DATABASE');
    await bob.reacts('✅', asked);
    await room.shows(/When you are there: !start dev-1/);
    const { kernel } = room.homeserver;
    // Each reading waits, and is answered in the end.
    const held = kernel.addFault({ service: 'matrix', action: 'relations' }, 'hold-before', 1_000);
    await alice.says('!start dev-1');
    await room.shows(/can't read the answers to the requests right now .*takes too long.*, so nothing starts/);
    kernel.removeFault(held);
    // Read in the run's turn, after what the !start had begun to read; it changes nothing of what is approved.
    await alice.reacts('✅', asked);
    await journaled('not-counted');
    expect((await room.runs.entries('dev-1')).filter(entry => entry.type === 'started')).toEqual([]);
  });

  it('a host that hangs holds up nobody: its !output says what is known, and adds what the host says', async () => {
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    let answer = (_: readonly string[]) => {};
    const hanging = new Promise<readonly string[]>(resolve => {
      answer = resolve;
    });
    let reads = 0;
    room.lastLines = {
      read: () => {
        reads += 1;
        return hanging;
      },
      known: () => ({ lines: ['TASK [copr/backend : what was known]'], at: Date.now() - 60_000 }),
    };
    for (let count = 0; count < 4; count += 1) await mallory.says('!output dev-1');
    await bob.says('!output dev-1');
    await alice.says('!pause dev-1');
    await alice.says('!cancel dev-1 because the host hangs');
    await journaled('paused');
    await journaled('turning-back');
    expect(reads).toBeGreaterThanOrEqual(2);
    const known = await room.shows(
      /Its host hasn't answered yet\. What is known is as of .*ago\)[\s\S]*what was known/,
    );
    answer(['TASK [copr/backend : what it says now]']);
    await vi.waitFor(async () => {
      const now = (await room.said()).find(message => message.id === known.id);
      expect(now?.text).toContain('what it says now');
      expect(now?.text).not.toContain("hasn't answered yet");
    }, patient);
  });

  it('reactions by the hundred and edits of a stranger hold up no ❌', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const flood = Array.from({ length: 150 }, async (_, index) => {
      const reaction = await mallory.reacts(`junk ${index}`, request);
      if (index % 3 === 0) await mallory.takesBack(reaction);
      if (index % 10 === 0) await mallory.account.edits(room.work, request.id, '!start dev-1');
    });
    await Promise.all(flood.slice(0, 100));
    await bob.reacts('❌', request);
    const rejected = await journaled('rejected');
    expect(rejected.person).toBe('bob');
    await Promise.all(flood);
  });

  it('two commands of one person about one run are taken in their order', async () => {
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    for (let count = 0; count < 5; count += 1) {
      await alice.says('!pause dev-1');
      await alice.says('!resume');
    }
    await vi.waitFor(async () => {
      const types = (await room.runs.entries('dev-1')).map(entry => entry.type);
      expect(types.filter(type => type === 'resumed')).toHaveLength(5);
    }, patient);
    const order = (await room.runs.entries('dev-1'))
      .map(entry => entry.type)
      .filter(type => /paused|resumed/.test(type));
    expect(order).toEqual(Array.from({ length: 5 }, () => ['paused', 'resumed']).flat());
  });
});
