import { afterAll, beforeAll, expect, it } from 'vitest';
import { Conversation } from '#test/builders/conversation.ts';
import { Forger } from '#test/builders/forger.ts';
import { proposal } from '#test/builders/journal-entries.ts';
import type { Speaker } from '#test/builders/room-people.ts';

let room: Conversation;
let alice: Speaker;
let bob: Speaker;

beforeAll(async () => {
  room = await Conversation.start();
  [alice, bob] = [room.person('alice'), room.person('bob')];
  await alice.says('!upgrade copr-be-dev');
  for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
  await room.shows(/When you are there: !start dev-1/);
});
afterAll(() => room.stop());

it('a start that nobody said calls on-call in the work room, and the run stands whatever people say', async () => {
  const effects = room.world.effects.length;
  await new Forger(room.redis.client()).appends('dev-1', { type: 'started', person: 'alice' });
  const said = await room.shows(/dev-1 stands still: entry \d+ doesn't bear the journal's seal/);
  expect(said.text).toContain('ferry journal verify dev-1');
  expect(said).toMatchObject({ mentions: ['@dan:sim'], notice: false, thread: undefined });

  await alice.says('!start dev-1');
  await room.shows(/dev-1 can't start: it waits for a look at the store/);
  await alice.says('!note dev-1 because what is this');
  await room.shows(/dev-1 stands still, and nothing is recorded of it/);
  await alice.says('!status');
  await room.shows(/Waits for a look at the store/);
  expect(room.world.effects).toHaveLength(effects);
  expect((await room.run('dev-1')).outageBegun).toBeUndefined();
  const all = await room.said();
  expect(
    all.filter(one => one.text.includes("doesn't bear the journal's seal") && one.card.kind === 'halt'),
  ).toHaveLength(1);
});

it('it is said once, also by a bot that starts afterwards', async () => {
  await room.stopBot();
  await room.startBot();
  await alice.says('!status dev-1');
  await room.shows(/Waits for a look at the store/);
  const all = await room.said();
  expect(all.filter(one => one.card.kind === 'halt')).toHaveLength(1);
});

it('a run that nobody proposed calls on-call too, is listed nowhere, and its target stays free', async () => {
  const [first] = proposal('dev', ['copr-keygen-dev'], '$invented').entries('dev-9');
  if (first === undefined) throw new Error('nothing');
  await new Forger(room.redis.client()).invents('dev-9', first, []);
  const said = await room.shows(/Somebody wrote a run "dev-9" into the store/);
  expect(said.mentions).toEqual(['@dan:sim']);
  await alice.says('!runs');
  expect((await room.shows(/^dev-1 /m)).text).not.toContain('dev-9');
  await alice.says('!status dev-9');
  await room.shows(/there is no run dev-9/);
});
