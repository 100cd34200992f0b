import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '#adapters/redis-journal/keys.ts';
import { Conversation } from '#test/builders/conversation.ts';
import type { Speaker } from '#test/builders/room-people.ts';

describe('the store is wiped in an outage', () => {
  let room: Conversation;
  let alice: Speaker;
  let bob: Speaker;
  let ringsBell: () => void;
  let before: number;

  beforeAll(async () => {
    room = await Conversation.start();
    [alice, bob] = [room.person('alice'), room.person('bob')];
    await alice.says('!upgrade copr-be-dev');
    for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
    await room.shows(/When you are there: !start dev-1/);
    ringsBell = room.world.fault('hold-before', { action: 'ring' });
    await alice.says('!start dev-1');
    await room.shows(/Outage of dev-1|outage begins/i);
    await room.shows(/Toys are away/, room.tell);
    before = (await room.said(room.tell)).length;
    await room.redis.client().flushall();
  });
  afterAll(() => room.stop());

  it('work room and on-call hear it at once, with what the mirror says and what to do', async () => {
    const said = await room.shows(/The record of my runs is gone/);
    expect(said.text).toMatch(
      /the store has 0 entries of dev-1, its mirror \d+\. By its copy, last written .*, dev-1 is in an outage/,
    );
    expect(said.text).toContain('"ferry journal restore" brings it back');
    expect(said).toMatchObject({ mentions: ['@dan:sim'], notice: false });
  });

  it('no command is answered as if nothing were under way, and none does anything', async () => {
    for (const [index, command] of [
      '!status',
      '!runs',
      '!upgrade copr-keygen-dev',
      '!note dev-1 x',
      '!pause dev-1',
    ].entries()) {
      await alice.says(command);
      const answered = async () =>
        (await room.said()).filter(one => one.text.startsWith('The record of my runs is gone, and I can say nothing'));
      await expect.poll(async () => (await answered()).length, { timeout: 15_000 }).toBe(index + 1);
      const last = (await answered()).at(-1);
      expect(last?.text).toMatch(/^ {2}dev-1 {2}copr-be-dev; alice, .*in outage since/m);
      expect(last?.text).toContain('"ferry journal restore"');
    }
    expect(await room.redis.client().zcard(keys.runs)).toBe(0);
    expect((await room.said()).map(one => one.text).join('\n')).not.toContain('Nothing is under way');
  });

  it('the tell room is not told that all is up, nor called', async () => {
    await alice.saysIn(room.tell, '!ferry status');
    const said = await room.shows(/I can't say what is up/, room.tell);
    expect(said.text).toMatch(/By its copy .*outage since/s);
    expect(said.text).not.toMatch(/No outage is on|are up/);
    expect(await room.said(room.tell)).toHaveLength(before + 1);
  });

  it('after a restore the room hears that it is whole, and the run goes on to its end', async () => {
    ringsBell();
    await room.restore();
    await room.shows(/The record of my runs is whole again/);
    await room.shows(/dev-1 has ended: done/);
    const once = (await room.said()).filter(one => one.text.includes('The record of my runs is gone: '));
    expect(once).toHaveLength(1);
  });
});

describe('the store lost a part, or came back older', () => {
  let room: Conversation;
  let alice: Speaker;

  beforeAll(async () => {
    room = await Conversation.start();
    alice = room.person('alice');
  });
  afterAll(() => room.stop());

  let answers = 0;
  const isSaidGone = async (why: RegExp) => {
    await alice.says('!status');
    const gone = async () =>
      (await room.said()).filter(one => one.text.startsWith('The record of my runs is gone, and I can say nothing'));
    answers += 1;
    await expect.poll(async () => (await gone()).length, { timeout: 15_000 }).toBe(answers);
    expect((await gone()).at(-1)?.text).toMatch(why);
    // Said of this loss, not of the one before: what was never said to be gone isn't said to be whole either.
    const told = async () => (await room.said()).filter(one => one.text.includes('The record of my runs is gone: '));
    await expect.poll(async () => (await told()).length, { timeout: 15_000 }).toBe(answers);
    await room.restore();
    await expect
      .poll(async () => (await room.said()).filter(one => one.text.includes('is whole again')).length, {
        timeout: 15_000,
      })
      .toBe(answers);
  };

  it('one run of several is gone', async () => {
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    await alice.says('!upgrade copr-keygen-dev');
    await room.shows(/dev-2: copr-keygen-dev/);
    await room.redis.client().del(keys.run('dev-2'));
    await isSaidGone(/the store has 0 entries of dev-2, its mirror \d+/);
  });

  it('the list of runs is gone', async () => {
    await room.redis.client().del(keys.runs);
    await isSaidGone(/the store no longer names dev-1 among its runs/);
  });

  it('an older copy came back', async () => {
    const copy = room.redis.copy();
    await alice.says('!note dev-1 what happened since');
    await room.shows(/what happened since/);
    await room.redis.comeBackWith(copy);
    await isSaidGone(/the store has \d+ entries of dev-1, its mirror \d+/);
  });

  it('while its numbers change, as they do when it is brought back, it is said once', async () => {
    const told = async () => (await room.said()).filter(one => one.text.includes('The record of my runs is gone: '));
    const before = (await told()).length;
    const redis = room.redis.client();
    const entries = await redis.xrange(keys.run('dev-1'), '-', '+');
    const last = entries.slice(-2).map(([id]) => id);
    await redis.xdel(keys.run('dev-1'), last[1] ?? '');
    await expect.poll(async () => (await told()).length, { timeout: 15_000 }).toBe(before + 1);
    await redis.xdel(keys.run('dev-1'), last[0] ?? '');
    await alice.says('!status');
    await room.shows(new RegExp(`the store has ${entries.length - 2} entries of dev-1`));
    await room.restore();
    await expect
      .poll(async () => (await room.said()).filter(one => one.text.includes('is whole again')).length, {
        timeout: 15_000,
      })
      .toBe(answers + 1);
    expect(await told()).toHaveLength(before + 1);
  });
});
