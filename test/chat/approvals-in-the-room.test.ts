import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChatEstate } from '#chat/chat-estate.ts';
import { Conversation } from '#test/builders/conversation.ts';
import { roomPath } from '#test/builders/matrix-person.ts';
import type { RoomEvent, Speaker } from '#test/builders/room-people.ts';

let room: Conversation;
let alice: Speaker;
let bob: Speaker;
let carol: Speaker;
let dan: Speaker;
let mallory: Speaker;

async function open(change?: (estate: ChatEstate) => ChatEstate): Promise<void> {
  room = await Conversation.start(change);
  alice = room.person('alice');
  bob = room.person('bob');
  carol = room.person('carol');
  dan = room.person('dan');
  mallory = room.person('mallory');
}

describe('approvals in the room', () => {
  beforeEach(() => open());
  afterEach(() => room.stop());

  it("a requester's own reaction is refused once, and doesn't open the gate", async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await alice.reacts('✅', request);
    await room.shows(/^alice: not counted, you asked for this run: bob, carol, dan can approve/);
    expect((await room.run('dev-1')).requests[0]?.approvals).toEqual([]);
    expect(room.world.effects.map(effect => effect.action)).not.toContain('put');
  });

  it('somebody who is no approver is told once, in the thread, by a message that mentions the account', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const first = await mallory.reacts('✅', request);
    const told = await room.shows(/not counted, you aren't an approver for dev/);
    expect(told).toMatchObject({ mentions: ['@mallory:sim'], notice: false, card: { kind: 'refusal' } });
    expect(told.thread).toBeDefined();
    await mallory.takesBack(first);
    await mallory.reacts('✅', request);
    await bob.reacts('✅', request);
    await room.shows(/bob approved LIVE/);
    expect((await room.said()).filter(one => one.text.includes('not counted'))).toHaveLength(1);
  });

  it('❌ rejects the request and not the run, is final, and !ask posts it anew', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const reject = await carol.reacts('❌', request);
    await room.shows(/carol rejected LIVE of dev-1/);
    await carol.takesBack(reject);
    await bob.reacts('✅', request);
    await alice.says('!ask dev-1');
    await vi.waitFor(async () => expect((await room.run('dev-1')).requests).toHaveLength(2), 5_000);
    const again = await room.shows(/Asked again: alice asks again/);
    expect((await room.run('dev-1')).requests[0]).toMatchObject({ status: 'rejected', approvals: [] });
    await bob.reacts('✅', again);
    await room.shows(/bob approved LIVE/);
  });

  it('a reaction on a copy of the text, on a thread message or on an older request is no approval', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const copy = await alice.says(request.text);
    await bob.reacts('✅', { id: copy });
    await bob.reacts('✅', await room.shows(/Preparing dev-1/));
    await mallory.reacts('✅', request);
    await room.shows(/not counted/);
    expect((await room.run('dev-1')).requests[0]?.approvals).toEqual([]);
  });

  it('a ❌ that came while the bot was out of the room, and can’t be read, is not passed over: it is asked anew', async () => {
    await alice.account.setState(room.work, 'm.room.history_visibility', { history_visibility: 'joined' });
    await alice.says('!upgrade copr-be-dev');
    await bob.reacts('✅', await room.request('LIVE'));
    const request = await room.request('OUTAGE');
    await bob.reacts('✅', request);
    await room.shows(/bob approved OUTAGE/);
    const levels = await alice.account.state(room.work, 'm.room.power_levels');
    await alice.account.setState(room.work, 'm.room.power_levels', { ...levels, users: { '@alice:sim': 100 } });
    await alice.account.does('kick', room.work, '@ferry:sim');
    await carol.reacts('❌', request);
    // Also a bot that starts meanwhile knows that it was out.
    await room.stopBot();
    await alice.account.setState(room.work, 'm.room.power_levels', levels);
    await alice.account.does('invite', room.work, '@ferry:sim');
    await room.person('ferry').account.joins(room.work);
    await room.startBot();
    await room.shows(/The request for OUTAGE.* is void: I was out of the room, or people work in another/);
    const again = await room.shows(/Asked again: I was out of the room/);
    await alice.says('!start dev-1');
    await room.shows(/dev-1 can't start/);
    expect((await room.run('dev-1')).outageBegun).toBeUndefined();
    await bob.reacts('✅', again);
    await room.shows(/bob approved OUTAGE/);
  });

  it('one member whose account can’t be read keeps nobody from approving; it is said once, and when it is over', async () => {
    const fault = room.homeserver.kernel.addFault(
      { service: 'matrix', action: 'read-state', contains: 'carol' },
      'answer',
      100_000,
      { status: 500, body: { errcode: 'M_UNKNOWN' } },
    );
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await carol.reacts('✅', request);
    await bob.reacts('✅', request);
    await room.shows(/bob approved LIVE/);
    const unclear = /Whether carol may answer dev-1 can't be read/;
    const outage = await room.request('OUTAGE');
    await carol.reacts('✅', outage);
    await room.shows(unclear);
    room.homeserver.kernel.removeFault(fault);
    await room.shows(/carol approved OUTAGE/);
    await room.shows(/All answers to dev-1 can be read again/);
    expect((await room.said()).filter(one => unclear.test(one.text))).toHaveLength(1);
  });

  it('a store that is full is said once in the room, and when it is over; then what was asked meanwhile is done', async () => {
    const redis = room.redis.client();
    await redis.config('SET', 'maxmemory', '1');
    await room.shows(/^My store is full \(OOM: maxmemory\): nothing is recorded/);
    await alice.says('!upgrade copr-be-dev');
    await redis.config('SET', 'maxmemory', '0');
    await room.shows(/^My store takes writes again/);
    await room.request('LIVE');
    expect((await room.said()).filter(one => /My store is full/.test(one.text))).toHaveLength(1);
  });

  it('the request’s first words say what became of it, its own words stay below, and a reaction on that edit is no approval', async () => {
    await alice.says('!upgrade copr-be-dev');
    await bob.reacts('✅', await room.request('LIVE'));
    const request = await room.request('OUTAGE');
    const bodies = async () => {
      const events = await alice.account.call('GET', `${roomPath(room.work)}/messages?dir=b&limit=1000`);
      return (events.chunk as RoomEvent[])
        .filter(({ content }) => content['m.relates_to']?.event_id === request.id && content.body !== undefined)
        .toReversed();
    };
    const firsts = {
      approved: /^APPROVED by bob, \d\d:\d\d UTC\.\n/,
      open: /^/,
      rejected: /^REJECTED by carol, \d\d:\d\d UTC\.\n/,
    };
    const shows = (states: readonly (keyof typeof firsts)[]) =>
      vi.waitFor(async () => {
        const edits = await bodies();
        expect(edits.map(({ content }) => content['org.ferry.card']?.state)).toEqual(states);
        for (const [index, { content }] of edits.entries()) {
          const first = firsts[states[index] ?? 'open'];
          for (const body of [content.body, content['m.new_content']?.body]) {
            expect(body).toMatch(first);
            expect(body?.replace(first, '')).toBe(request.text);
          }
          expect([content['m.mentions'], content['m.new_content']?.['m.mentions']]).toEqual([{}, {}]);
        }
        return edits.at(-1);
      }, 10_000);
    const reaction = await bob.reacts('✅', request);
    await shows(['approved']);
    await bob.takesBack(reaction);
    const edit = await shows(['approved', 'open']);
    await carol.reacts('✅', { id: edit?.event_id ?? '' });
    await dan.reacts('❌', { id: edit?.event_id ?? '' });
    await mallory.reacts('✅', request);
    await room.shows(/aren't an approver/);
    expect((await room.run('dev-1')).requests[1]).toMatchObject({ status: 'open' });
    await carol.reacts('❌', request);
    await shows(['approved', 'open', 'rejected']);
    const shown = (await room.said()).find(one => one.id === request.id);
    expect(shown).toMatchObject({ card: { run: 'dev-1', kind: 'request', state: 'rejected' } });
    expect(shown?.text.replace(firsts.rejected, '')).toBe(request.text);
  });

  it('!start is refused where an approval was taken back, even before its event is seen', async () => {
    await alice.says('!upgrade copr-be-dev');
    const reactions: string[] = [];
    for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) reactions.push(await bob.reacts('✅', await room.request(gate)));
    await room.shows(/When you are there/);
    await Promise.all([bob.takesBack(reactions[1] ?? ''), alice.says('!start dev-1')]);
    const said = await room.shows(/took back the approval of OUTAGE|can't start/);
    expect(said.text).toBeDefined();
    await room.shows(/alice: dev-1 can't start: it waits for approval of OUTAGE/);
    expect((await room.run('dev-1')).started).toBeUndefined();
  });

  it('a deleted request is void', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await alice.account.redacts(room.work, request.id);
    await room.shows(/The request for LIVE of dev-1 is void: its message was deleted/);
  });

  it('an approval made while the bot was away is found at start by reading', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await room.stopBot();
    await bob.reacts('✅', request);
    await room.startBot();
    await room.shows(/bob approved LIVE/);
  });

  it('an approver who left the room before the bot looked is not counted', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await room.stopBot();
    await bob.reacts('✅', request);
    await bob.account.leaves(room.work);
    await room.startBot();
    await room.shows(/not counted, bob isn't in the room any more/);
  });

  it('an approver who leaves the room after approving opens nothing any more', async () => {
    await alice.says('!upgrade copr-be-dev');
    for (const gate of ['LIVE', 'OUTAGE', 'DATABASE']) await bob.reacts('✅', await room.request(gate));
    await room.shows(/When you are there/);
    await bob.account.leaves(room.work);
    await alice.says('!start dev-1');
    await room.shows(/alice: dev-1 can't start: it waits for approval of OUTAGE, STORAGE, ADDRESS/);
    expect((await room.run('dev-1')).started).toBeUndefined();
  });

  it('an approver who can’t be looked up is not let through, and counts once the lookup answers', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const fault = room.homeserver.kernel.addFault({ service: 'matrix', action: 'read-state' }, 'fail', 1_000);
    await bob.reacts('✅', request);
    await vi.waitFor(() => expect(room.logged.join()).toContain('could not be read yet'), 10_000);
    expect((await room.run('dev-1')).requests[0]?.approvals).toEqual([]);
    room.homeserver.kernel.removeFault(fault);
    await room.shows(/bob approved LIVE/);
  });

  it('a reaction on an older run’s request approves nothing of the newer run', async () => {
    await alice.says('!upgrade copr-be-dev');
    const older = await room.request('LIVE');
    await alice.says('!cancel dev-1 because not today');
    await room.shows(/dev-1 has ended: cancelled/);
    await alice.says('!upgrade copr-be-dev');
    const newer = await room.shows(/Approve LIVE of dev-2/);
    await bob.reacts('✅', older);
    await mallory.reacts('✅', newer);
    await room.shows(/not counted/);
    expect((await room.run('dev-2')).requests[0]).toMatchObject({ status: 'open', approvals: [] });
    expect((await room.run('dev-1')).requests[0]).toMatchObject({ status: 'void', approvals: [] });
  });

  it('what can’t be read allows nothing, and is read again', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const fault = room.homeserver.kernel.addFault({ service: 'matrix', action: 'relations' }, 'fail', 1_000);
    await bob.reacts('✅', request);
    await vi.waitFor(() => expect(room.logged.join()).toContain('could not be read yet'), 10_000);
    expect((await room.run('dev-1')).requests[0]?.approvals).toEqual([]);
    room.homeserver.kernel.removeFault(fault);
    await room.shows(/bob approved LIVE/);
  });

  it('two emoji of one person are one person, skin tones and selectors are folded, look-alikes are not', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await bob.reacts('☑', request);
    await bob.reacts('✔️', request);
    await carol.reacts('✅\u{fe0f}', request);
    await room.shows(/carol approved LIVE/);
    expect((await room.run('dev-1')).requests[0]?.approvals.map(one => one.person)).toEqual(['carol']);
  });

  it('!approve, !yes and !lgtm approve nothing and say where the request is', async () => {
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    await bob.says('!lgtm');
    const told = await room.shows(/React ✅ there: /);
    expect(decodeURIComponent(told.text)).toContain(request.id);
    expect((await room.run('dev-1')).requests[0]?.approvals).toEqual([]);
  });
});

describe('requests in time', () => {
  afterEach(() => room.stop());

  it('an open request reminds, calls on-call, and expires; a later reaction is too late', async () => {
    await open(estate => ({ ...estate, timing: { ...estate.timing, remind: 300, page: 600, expire: 1_500 } }));
    await alice.says('!upgrade copr-be-dev');
    const request = await room.request('LIVE');
    const reminded = await room.shows(/@bob @carol @dan dev-1 has waited .* for an approval of LIVE/);
    expect(reminded.mentions).toContain('@dan:sim');
    await room.shows(/^@dan dev-1 has waited/);
    await room.shows(/the request has expired/);
    await bob.reacts('✅', request);
    await alice.says('!why dev-1');
    await room.shows(/nobody is being asked \(expired\)/);
    expect((await room.run('dev-1')).requests[0]).toMatchObject({ status: 'expired', approvals: [] });
  });
});
