import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChatEstate } from '#chat/chat-estate.ts';
import { Conversation } from '#test/builders/conversation.ts';
import type { ShownMessage, Speaker } from '#test/builders/room-people.ts';

let room: Conversation;
let alice: Speaker;
let bob: Speaker;
let carol: Speaker;
let mallory: Speaker;

async function open(change?: (estate: ChatEstate) => ChatEstate): Promise<void> {
  room = await Conversation.start(change);
  alice = room.person('alice');
  bob = room.person('bob');
  carol = room.person('carol');
  mallory = room.person('mallory');
}

/** alice asks; bob approves all that is asked, until the run can be started. */
async function approvedByBob(): Promise<void> {
  await alice.says('!upgrade copr-be-dev');
  for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
  await room.shows(/When you are there: !start dev-1/);
}

const texts = (messages: readonly ShownMessage[]) => messages.map(one => one.text);
const inRoom = (messages: readonly ShownMessage[]) => messages.filter(one => one.thread === undefined);

describe('a run from !upgrade to its end', () => {
  beforeAll(async () => {
    await open();
    await alice.says('!upgrade copr-be-dev because F41 is old');
    for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
    await room.shows(/When you are there: !start dev-1/);
    // The outage lasts until its live message is there: none is posted for a run that has already ended.
    const ringsBell = room.world.fault('hold-before', { action: 'ring' });
    await alice.says('!start dev-1');
    await room.shows(/Prepared dev-1: 3 of 3/);
    await vi.waitFor(async () => expect(inRoom(await room.said()).at(-1)?.card.kind).toBe('live'), 15_000);
    ringsBell();
    await room.shows(/dev-1 has ended: done/);
    await vi.waitFor(async () => expect(texts(await room.said())).toContain('dev-1 has ended: done.'), 5_000);
  });
  afterAll(() => room.stop());

  it("the work room gets the start, the requests, the outage, its live message, its end and the run's end", async () => {
    const kinds = inRoom(await room.said()).map(one => one.card.kind);
    expect(kinds).toEqual(['start', 'notice', 'request', 'request', 'request', 'notice', 'live', 'end', 'end']);
  });

  it('everything else is in one thread, whose root is the start', async () => {
    const said = await room.said();
    const [start] = said;
    const threads = new Set(said.map(one => one.thread).filter(one => one !== undefined));
    expect([...threads]).toEqual([start?.id]);
  });

  it('who must act is mentioned in a message that notifies, the rest are notices', async () => {
    const said = await room.said();
    for (const message of said)
      expect(message.mentions.length > 0, message.text).toBe(!message.notice && message.card.kind !== 'notice');
    const requests = said.filter(one => one.card.kind === 'request' && one.card.state === 'open');
    for (const request of requests) expect(request.mentions).toEqual(['@bob:sim', '@carol:sim']);
  });

  it('a request names every change and every way back', async () => {
    const { text } = await room.request('STORAGE');
    expect(text).toContain('move-parts: put copr-be-dev.lid; copr-be-dev.handle from old to new');
    expect(text).toContain('loses nothing, part of this approval');
    expect(text).toContain('bob, carol or dan; not alice, who asked.');
  });

  it('the bot puts both emoji below a request', async () => {
    const request = await room.request('LIVE');
    const relations = await alice.account.call(
      'GET',
      `client/v1/rooms/${encodeURIComponent(room.work)}/relations/${encodeURIComponent(request.id)}/m.annotation/m.reaction`,
    );
    const seeded = (relations.chunk as { sender: string; content: { 'm.relates_to': { key: string } } }[])
      .filter(one => one.sender === '@ferry:sim')
      .map(one => one.content['m.relates_to'].key);
    expect(seeded.sort()).toEqual(['✅', '❌'].sort());
  });

  it('the tell room and its topic say that the outage begins, without ids', async () => {
    const told = await room.shows(/Toys are away/, room.tell);
    expect(told.card).toEqual({ kind: 'notice' });
    await vi.waitFor(async () =>
      expect((await alice.account.state(room.tell, 'm.room.topic')).topic).toMatch(
        /^OUTAGE NOW · Fedora build systems/,
      ),
    );
  });

  it('the live messages end with their last state, and nothing stays pinned', async () => {
    await vi.waitFor(async () => {
      const live = (await room.said()).filter(one => one.card.kind === 'live').map(one => one.text);
      expect(live).toEqual([expect.stringMatching(/^Prepared dev-1: 3 of 3/), 'dev-1 has ended: done.']);
      expect((await alice.account.state(room.work, 'm.room.pinned_events')).pinned).toEqual([]);
    }, 5_000);
  });

  it('the thread gets the by-hand plan as a file when the outage begins', async () => {
    const file = await room.shows(/^dev-1-by-hand\.txt$/);
    expect(file.thread).toBeDefined();
  });

  it('each change of the world was made once', () => {
    expect(room.world.effects.map(effect => effect.action).sort()).toEqual(
      ['brew', 'make', 'put', 'put', 'put', 'put', 'put', 'ring', 'write'].sort(),
    );
  });
});

describe('a halt in the room', () => {
  beforeEach(() => open());
  afterEach(() => room.stop());

  it('says what, users, look, by hand, then, back; 👀 takes it, !done goes on after a check', async () => {
    room.world.fault('fail', { action: 'brew' });
    await approvedByBob();
    await alice.says('!start');
    const halt = await room.shows(/^@alice HALTED: dev-1, copr-be-dev, brew/);
    expect(halt).toMatchObject({
      thread: undefined,
      notice: false,
      mentions: ['@alice:sim', '@alice-phone:sim'],
      card: { kind: 'halt', run: 'dev-1' },
    });
    expect(halt.text).toContain('What: the brew is spoilt');
    expect(halt.text).toMatch(/Users: web and API up; builds down since/);
    expect(halt.text).toContain('By hand:\n  brew copr-be-dev');
    expect(halt.text).toContain(
      'Then: !retry copr-be-dev, or !done copr-be-dev brew because …, or !rollback copr-be-dev',
    );
    expect(halt.text).toMatch(/Back: about .*, loses nothing;/);
    await room.shows(/copr-be-dev\/brew, last lines:\n {2}it smells/);
    await mallory.reacts('👀', halt);
    await bob.reacts('👀', halt);
    await room.shows(/bob drives copr-be-dev now/);
    await bob.says('!retry copr-be-dev');
    await room.shows(/dev-1 has ended: done/);
    expect((await room.run('dev-1')).targets[0]?.driver).toBe('bob');
  });

  it('!rollback shows the way back, takes it, and the run ends rolled back', async () => {
    room.world.fault('fail', { action: 'brew' });
    await approvedByBob();
    await alice.says('!start');
    await room.shows(/HALTED/);
    await mallory.says('!rollback copr-be-dev');
    await room.shows(/mallory:sim: !rollback is only for alice, bob, carol or dan/);
    await bob.says('!rollback copr-be-dev');
    await room.shows(/The way back of copr-be-dev/);
    await room.shows(/dev-1 has ended: rolled back/);
    expect(room.world.state.things['service.copr-be-dev']).toBe('up');
    expect((await room.shows(/^Over: dev-1/)).text).toContain('copr-be-dev is back on the old instance');
  });
});

describe('commands in the room', () => {
  beforeEach(() => open());
  afterEach(() => room.stop());

  it('only ask people change something, everybody reads', async () => {
    await mallory.says('!upgrade copr-be-dev');
    const refused = await room.shows(/@mallory:sim: !upgrade is only for alice, bob, carol or dan/);
    expect(refused.thread).toBeDefined();
    await mallory.says('!status');
    await room.shows(/Nothing is under way/);
    expect(await room.runs.list()).toEqual([]);
  });

  it('a second run for one target is refused with the first one’s name and age', async () => {
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    await carol.says('!upgrade copr-be-dev');
    await room.shows(/carol: copr-be-dev is taken by dev-1, \d+ s old, asked by alice/);
  });

  it('an environment’s name means all of its targets', async () => {
    await alice.says('!upgrade dev');
    await room.shows(/^dev-1: copr-be-dev \(backend\), copr-keygen-dev \(keygen\)/);
  });

  it('a command said while the bot was away for long isn’t run, and is answered', async () => {
    await room.stopBot();
    await alice.says('!upgrade copr-be-dev');
    await room.redis.advance(10 * 60_000);
    await room.startBot();
    await room.shows(/alice: I was away when you said this; say it again/);
    expect(await room.runs.list()).toEqual([]);
  });

  it('with a lost sync token an old command isn’t run', async () => {
    await room.stopBot();
    await alice.says('!upgrade copr-be-dev');
    room.losePosition();
    await room.startBot();
    await alice.says('!whoami');
    await room.shows(/@alice:sim is alice/);
    expect(await room.runs.list()).toEqual([]);
  });

  it('a command in an edit, a quote, a code block or on a second line is ignored', async () => {
    const event = await alice.says('nothing');
    await alice.account.edits(room.work, event, '!upgrade copr-be-dev');
    await alice.says('> !upgrade copr-be-dev');
    await alice.says('```\n!upgrade copr-be-dev\n```');
    await alice.says('`!upgrade copr-be-dev`');
    await alice.says('look:\n!upgrade copr-be-dev');
    await alice.says('!whoami');
    await room.shows(/@alice:sim is alice/);
    expect(await room.runs.list()).toEqual([]);
  });

  it('a tell room gets users’ words only, and no command that changes something', async () => {
    await mallory.saysIn(room.tell, '!status');
    const up = await room.shows(/Fedora Copr: web, API, builds and repositories are up/, room.tell);
    expect(up.card.run).toBeUndefined();
    await alice.saysIn(room.tell, '!upgrade copr-be-dev');
    await alice.saysIn(room.tell, '!ferry upgrade copr-be-dev');
    await room.shows(/alice: !upgrade is for the work room/, room.tell);
    expect(await room.runs.list()).toEqual([]);
  });

  it('an invitation by a stranger is declined, and a room that isn’t configured is left', async () => {
    const other = await mallory.account.createRoom();
    await mallory.account.does('invite', other, '@ferry:sim');
    await vi.waitFor(async () => {
      const member = await mallory.account.state(other, 'm.room.member').catch(() => undefined);
      const members = await mallory.account.call('GET', `client/v3/rooms/${encodeURIComponent(other)}/members`);
      const ferry = (members.chunk as { state_key: string; content: { membership: string } }[]).find(
        one => one.state_key === '@ferry:sim',
      );
      expect(member ?? ferry?.content.membership).toBe('leave');
    }, 10_000);
  });

  it('two bots on one store answer once', async () => {
    await room.startBot();
    await alice.says('!upgrade copr-be-dev');
    await room.request('LIVE');
    await alice.says('!whoami');
    await room.shows(/@alice:sim is alice/);
    const said = texts(await room.said());
    expect(said.filter(text => text.includes('Asked and driven by alice'))).toHaveLength(1);
    expect(said.filter(text => text.includes('@alice:sim is alice'))).toHaveLength(1);
  });

  it('!cancel undoes what was prepared', async () => {
    await alice.says('!upgrade copr-be-dev');
    await bob.reacts('✅', await room.request('LIVE'));
    await room.request('OUTAGE');
    await alice.says('!cancel dev-1');
    await room.shows(/alice: say why/);
    await alice.says('!cancel dev-1 because not today');
    await room.shows(/dev-1 has ended: cancelled/);
    expect(room.world.state.things['door.copr-be-dev']).toBe('shut');
    expect(room.world.state.made.every(one => one.gone)).toBe(true);
  });
});
