import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FaultAnswer } from '#sim/state.ts';
import { Conversation } from '../builders/conversation.ts';
import type { Speaker } from '../builders/room-people.ts';

const patient = { timeout: 20_000, interval: 20 };
const page = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

let room: Conversation;
let alice: Speaker;

beforeEach(async () => {
  room = await Conversation.start();
  alice = room.person('alice');
});
afterEach(() => room.stop());

/** What the chat server answers to the bot's next messages. */
const answers = (times: number, answer: FaultAnswer) =>
  room.homeserver.kernel.addFault(
    { service: 'matrix', action: 'send', contains: '@ferry:sim' },
    'answer',
    times,
    answer,
  );

const told = async () => (await room.said()).filter(message => message.text.startsWith('@alice:sim is alice'));

describe('an answer to a command', () => {
  const throttled = { errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests', retry_after_ms: 1_500 };
  const unsure = { errcode: 'M_UNKNOWN', error: 'Internal server error' };
  it.each([
    { after: "a proxy's 502", times: 2, answer: { status: 502, body: page } },
    { after: 'a 500 of the server', times: 2, answer: { status: 500, body: unsure } },
    { after: 'a limit with a time', times: 2, answer: { status: 429, body: throttled } },
    { after: "a proxy's limit", times: 1, answer: { status: 429, body: page, headers: { 'retry-after': '1' } } },
    { after: "a proxy's page that calls itself a success", times: 2, answer: { status: 200, body: page } },
    { after: "a proxy's 403", times: 2, answer: { status: 403, body: page } },
    { after: 'a 504 that hid that it was there', times: 1, answer: { status: 504, body: page, afterEffect: true } },
  ])('is given once, after $after', async ({ times, answer }) => {
    answers(times, answer);
    await alice.says('!whoami');
    await room.shows(/@alice:sim is alice/);
    await alice.says('!runs');
    await room.shows(/no run/i);
    expect(await told()).toHaveLength(1);
  });

  it('is given by the next process, once, when this one ends before the chat server takes it', async () => {
    const fault = answers(1_000, { status: 502, body: page });
    await alice.says('!whoami');
    await alice.says('!pause dev-9');
    await vi.waitFor(async () => expect(Object.keys(await room.kept.all('answer/'))).toHaveLength(2), patient);
    await room.stopBot();
    room.homeserver.kernel.removeFault(fault);
    await room.startBot();
    await room.shows(/@alice:sim is alice/);
    await room.shows(/alice: there is no run dev-9/);
    expect(await told()).toHaveLength(1);
  });

  it('that the server won’t have as it is, is given without formatting', async () => {
    answers(1, { status: 400, body: { errcode: 'M_BAD_JSON', error: 'no such tag' } });
    await alice.says('!help');
    const help = await room.shows(/!status/);
    const { content } = await alice.account.event(room.work, help.id);
    expect(content).not.toHaveProperty('formatted_body');
  });

  it('that the store can’t keep yet is not lost, and the command is done once', async () => {
    const set = room.kept.set;
    let failures = 3;
    room.kept.set = async (key, value) => {
      if (key.startsWith('answer/') && failures-- > 0) throw new Error('the store is away');
      await set(key, value);
    };
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    await alice.says('!whoami');
    await room.shows(/@alice:sim is alice/);
    expect(await room.runs.list()).toHaveLength(1);
  });
});

describe('an answer that its room refuses for good', () => {
  const muted = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'You are muted' } };
  /** The bot's next message is refused: it is an answer in the tell room. */
  const refuse = () => answers(1, muted);
  const lines = async () => (await room.said()).filter(one => one.text.includes('refuses my answer'));
  const allSettled = () =>
    vi.waitFor(async () => {
      const notes = Object.values(await room.kept.all('answer/'));
      expect(notes.some(note => 'owed' in JSON.parse(note))).toBe(false);
    }, patient);

  it('is told to its asker in the work room, once, and anew when the room took one meanwhile', async () => {
    refuse();
    await alice.saysIn(room.tell, '!status');
    const told = await room.shows(/^@alice the chat server refuses my answer .*It begins: /);
    expect(told.text.split('\n')).toHaveLength(1);
    expect(told.mentions).toContain('@alice:sim');
    await allSettled();
    refuse();
    await alice.saysIn(room.tell, '!status');
    await vi.waitFor(async () => expect(Object.keys(await room.kept.all('answer/'))).toHaveLength(2), patient);
    await allSettled();
    expect(await lines()).toHaveLength(1);
    await alice.saysIn(room.tell, '!status');
    await room.shows(/./, room.tell);
    await allSettled();
    refuse();
    await alice.saysIn(room.tell, '!status');
    await vi.waitFor(async () => expect(await lines()).toHaveLength(2), patient);
  });
});
