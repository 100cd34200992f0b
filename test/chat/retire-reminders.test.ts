import { afterAll, beforeAll, expect, it } from 'vitest';
import { Conversation } from '#test/builders/conversation.ts';

const day = 24 * 3_600_000;
let room: Conversation;

beforeAll(async () => {
  room = await Conversation.start();
});
afterAll(() => room.stop());

it('who drove an upgrade is reminded of the old instance in its thread, after three days and a week later', async () => {
  const [alice, bob] = [room.person('alice'), room.person('bob')];
  await alice.says('!upgrade copr-be-dev');
  for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
  await room.shows(/When you are there: !start dev-1/);
  await alice.says('!start dev-1');
  await room.shows(/dev-1 has ended: done/);
  await room.redis.advance(3 * day);
  const first = await room.shows(/dev-1 ended 3 days ago, and the old instance of copr-be-dev is still kept/);
  expect(first.text).toContain('!retire copr-be-dev');
  expect(first.notice).toBe(false);
  expect(first.mentions).toEqual(['@alice:sim', '@alice-phone:sim']);
  expect(first.thread).toBeDefined();
  await room.redis.advance(7 * day);
  await room.shows(/dev-1 ended 10 days ago/);
  expect((await room.said()).filter(one => /is still kept/.test(one.text))).toHaveLength(2);
});
