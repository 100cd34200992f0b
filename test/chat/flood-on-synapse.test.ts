import { describe, expect, it, vi } from 'vitest';
import { Conversation } from '../builders/conversation.ts';
import { synapseHomeserver } from '../builders/synapse-homeserver.ts';
import { missingSynapse } from '../peers/synapse.ts';

const missing = await missingSynapse();
const patient = { timeout: 60_000, interval: 50 };
const questions = 6;

describe('a flood of questions on Synapse, which limits what the bot may say', () => {
  it.skipIf(missing !== undefined)(
    'holds up neither a ✅ nor a !pause, nor that they are acknowledged',
    async () => {
      const synapse = await synapseHomeserver();
      const accounts = Object.entries(synapse.server.world().people);
      const persons = Object.fromEntries(
        accounts.flatMap(([name, { userId }]) => (name === 'mallory' ? [] : [[name, [userId]]])),
      );
      // The rooms and people are as the simulator's; its faults and limits are not asked for here.
      const room = await Conversation.start(
        estate => ({ ...estate, people: persons }),
        Promise.resolve(synapse as never),
      );
      try {
        const [alice, bob, mallory] = ['alice', 'bob', 'mallory'].map(name => room.person(name));
        await alice!.says('!upgrade copr-be-dev');
        const request = await room.request('LIVE');
        await synapse.limit(synapse.server.world().bot.userId, 1, 1);
        for (let count = 0; count < questions; count += 1) {
          await Promise.all([
            alice!.says('!whoami'),
            mallory!.says('!whoami'),
            mallory!.saysIn(room.tell, '!ferry status'),
          ]);
        }
        await bob!.reacts('✅', request);
        await alice!.says('!pause dev-1');
        await vi.waitFor(async () => {
          const types = (await room.runs.entries('dev-1')).map(entry => entry.type);
          expect(types).toEqual(expect.arrayContaining(['approved', 'paused']));
        }, patient);
        const given = async () => (await room.said()).filter(one => /^@alice:\S+ is alice/.test(one.text)).length;
        await room.shows(/alice paused dev-1/);
        expect(await given()).toBeLessThan(questions);
        await vi.waitFor(async () => expect(await given()).toBe(questions), patient);
        const told = (await room.said(room.tell)).filter(one => one.text.startsWith('Many questions'));
        expect(told.length).toBeLessThanOrEqual(1);
      } finally {
        await room.stop();
      }
    },
    300_000,
  );
});
