import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Conversation } from '../builders/conversation.ts';
import type { Speaker } from '../builders/room-people.ts';

const patient = { timeout: 20_000, interval: 20 };

let room: Conversation;
let alice: Speaker;
let bob: Speaker;

beforeEach(async () => {
  room = await Conversation.start();
  [alice, bob] = ['alice', 'bob'].map(name => room.person(name)) as [Speaker, Speaker];
});
afterEach(() => room.stop());

async function begin(): Promise<void> {
  await alice.says('!upgrade copr-be-dev');
  for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
  await room.shows(/When you are there/);
  await alice.says('!start dev-1');
}

describe('one message that can’t be delivered', () => {
  it.each([
    { what: 'too large for a proxy', answer: { status: 413, body: '<html>413 Request Entity Too Large</html>' } },
    { what: 'forbidden', answer: { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'no media here' } } },
    { what: 'failing each time', answer: { status: 500, body: { errcode: 'M_UNKNOWN', error: 'disk full' } } },
  ])('a file, $what, stops nothing behind it, and its text comes as messages', async ({ answer }) => {
    room.homeserver.kernel.addFault({ service: 'matrix', action: 'upload' }, 'answer', 1_000, answer);
    await begin();
    await room.shows(/^OUTAGE dev-1|As of/);
    await room.shows(/dev-1 has ended/);
    const lines = await room.shows(/^dev-1-by-hand\.txt, 1 of \d+ \(the chat server takes no file\):/);
    expect(lines.thread).toBeDefined();
    expect(lines.text.split('\n').length).toBeGreaterThan(3);
    const ended = (await room.said()).filter(
      message => message.card.kind === 'end' && message.text.startsWith('dev-1 has ended'),
    );
    expect(ended).toHaveLength(1);
  });

  it('a tell room that doesn’t let the bot speak is a person’s, who is told how to tick it, and nothing waits', async () => {
    const toTellRoom = { service: 'matrix', action: 'send', contains: `"room":"${room.tell}"` } as const;
    const muted = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'You are muted' } };
    room.homeserver.kernel.addFault(toTellRoom, 'answer', 1_000, muted);
    await begin();
    const told = await room.shows(/@alice dev-1: I can't tell .*begins\/tell/);
    expect(told.text).toContain('!announce dev-1 done begins/tell\n  Subject: begins\n  Toys are away.');
    expect(told.mentions).toContain('@alice:sim');
    await room.shows(/dev-1 has ended/);
    await alice.says('!announce dev-1 done begins/tell');
    await vi.waitFor(
      async () => expect((await room.run('dev-1')).owed['begins/tell']?.told?.by).toBe('alice'),
      patient,
    );
  });
});
