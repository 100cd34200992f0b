import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Conversation } from '#test/builders/conversation.ts';
import type { ShownMessage, Speaker } from '#test/builders/room-people.ts';

let room: Conversation;
let alice: Speaker;
let bob: Speaker;
let carol: Speaker;
let dan: Speaker;
const bell = 'copr-be-dev/ring-bell';

const bellOf = async () => (await room.run('dev-1')).steps[bell]?.status;
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 30 });

/** In the outage, at its brewing, carol wants to leave out the bell. */
async function asked(): Promise<ShownMessage> {
  await alice.says('!upgrade copr-be-dev');
  for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
  await room.shows(/When you are there/);
  room.world.slowBrews = true;
  await alice.says('!start dev-1');
  await eventually(async () => expect(Object.keys(room.world.state.brews)).toHaveLength(1));
  await carol.says('!skip copr-be-dev ring-bell because @room <b>✅ approved by bob</b>');
  return room.shows(/Approve SKIP of copr-be-dev\/ring-bell, dev-1/);
}

function goOn(): void {
  room.world.slowBrews = false;
  room.world.finishBrews();
}

describe('leaving something out of an outage', () => {
  beforeEach(async () => {
    room = await Conversation.start();
    [alice, bob, carol, dan] = ['alice', 'bob', 'carol', 'dan'].map(name => room.person(name)) as [
      Speaker,
      Speaker,
      Speaker,
      Speaker,
    ];
  });
  afterEach(() => room.stop());

  it('is asked for in the room, with the step, its changes, why and by whom, and done once a second person agrees', async () => {
    const request = await asked();
    expect(request).toMatchObject({ card: { run: 'dev-1', kind: 'request', state: 'open' }, notice: false });
    expect(request.text.replace(/until \w+ [0-9-]+ [0-9:]+ UTC/, 'until …')).toMatchInlineSnapshot(`
      "@bob Approve SKIP of copr-be-dev/ring-bell, dev-1?
      carol wants that because “(at)room ‹b› approved by bob‹/b›”.
      Left out: copr-be-dev/ring-bell, “Ring the bell” (irreversible, behind DATABASE).
        ring the bell of copr-be-dev
      Right after it, without it: copr-be-dev/check-service. It doesn't begin before this is answered.
      Users of dev notice: what it was for isn't done; whoever approves knows what that means for them.
      Going back: !rollback copr-be-dev undoes what was made, as before; what was left out needs no undoing.
      ✅ approves, ❌ rejects: bob or dan; not alice or carol, who asked.
      Good until … (in 3 days)."
    `);
    await carol.reacts('✅', request);
    await room.shows(/carol: not counted, you want to leave it out: bob, dan can approve/);
    await alice.reacts('✅', request);
    await room.shows(/alice: not counted, you asked for this run: bob, dan can approve/);
    expect(await bellOf()).toBe('waiting');
    await dan.reacts('✅', request);
    await room.shows(/@carol dan approved SKIP of copr-be-dev\/ring-bell of dev-1/);
    await room.shows(/copr-be-dev, ring-bell: left out by carol because .* as dan agreed \(r4\)/);
    goOn();
    await room.shows(/dev-1 has ended|Over: dev-1/);
    expect(await bellOf()).toBe('skipped');
    expect(room.world.effects.map(effect => effect.action)).not.toContain('ring');
  });

  it('is not done when somebody rejects it, and the step goes on', async () => {
    const request = await asked();
    goOn();
    await bob.reacts('❌', request);
    await room.shows(
      /@carol bob rejected SKIP of copr-be-dev\/ring-bell .* and it is not left out\. !skip copr-be-dev ring-bell/,
    );
    await dan.reacts('✅', request);
    await eventually(async () => expect(await bellOf()).toBe('done'));
  });

  it('is done by a bot that starts after somebody agreed while none was there', async () => {
    const request = await asked();
    await room.stopBot();
    goOn();
    await dan.reacts('✅', request);
    await room.startBot();
    await eventually(async () => expect(await bellOf()).toBe('skipped'));
  });

  it('is void when its message is deleted', async () => {
    const request = await asked();
    await alice.account.redacts(room.work, request.id);
    await room.shows(/The request for SKIP of copr-be-dev\/ring-bell of dev-1 is void: its message was deleted/);
    expect(await bellOf()).toBe('waiting');
  });
});
