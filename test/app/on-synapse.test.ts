import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ferry } from '#cli/ferry.ts';
import { runCommand } from '#test/builders/run-command.ts';
import { StartedBot } from '#test/builders/started-bot.ts';
import { synapseHomeserver } from '#test/builders/synapse-homeserver.ts';
import { countingProxy } from '#test/peers/counting-proxy.ts';
import { missingSynapse } from '#test/peers/synapse.ts';

const missing = await missingSynapse();
const patience = { timeout: 120_000, interval: 50 };

let synapse: Awaited<ReturnType<typeof synapseHomeserver>>;
let proxy: Awaited<ReturnType<typeof countingProxy>>;
let bot: StartedBot;

beforeEach(async () => {
  if (missing !== undefined) return;
  synapse = await synapseHomeserver();
  proxy = await countingProxy(synapse.server.url);
  const { stop } = synapse;
  const on = { ...synapse, server: { ...synapse.server, url: proxy.url }, stop };
  // The rooms and people are as the simulator's; its faults are not asked for here.
  bot = await StartedBot.prepare({ on: Promise.resolve(on as never) });
}, 120_000);
afterEach(async () => {
  await bot?.end();
  await proxy?.stop();
});

const check = async () => {
  const { out } = await runCommand(() => ferry(['check', '--env-file', join(bot.dir, 'ferry.env')]));
  return out.split('\n').filter(line => /^FAIL {2}(chat|room)/.test(line));
};

describe.skipIf(missing !== undefined)('on Synapse', { timeout: 240_000 }, () => {
  it('a token that is revoked: asked seldom, the log and the check say it, runs go on, the rooms hear it afterwards', async () => {
    await bot.start();
    await bot.serves(bot.alias('copr-work'));
    await synapse.revoke('ferry');
    // Ends the request that waits for news.
    await bot.person('alice').says(await bot.room(bot.alias('copr-work')), 'hello');
    await bot.logs(/listening to the chat ended.*chat-token-refused/);
    const since = proxy.passed.length;
    const refused = () => proxy.passed.slice(since).filter(one => one.status === 401);
    await bot.moves(await bot.proposes());
    expect(await check()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^FAIL {2}chat: .*access token: renew it/)]),
    );
    const checked = refused().length;
    await vi.waitFor(() => expect(refused().length - checked).toBeGreaterThanOrEqual(4), patience);
    const [first, , , fourth] = refused().slice(checked);
    expect((fourth?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(3_000);
    await bot.stop();
    await synapse.login('ferry');
    bot.writeEnvironment(synapse.server.world().bot.accessToken);
    await bot.start();
    await bot.shows(/^The chat server refused my access token for a while/);
    await bot.shows(/Approve LIVE of dev-1/);
    await bot.serves(bot.alias('copr-work'), 'bob');
    expect((await bot.said(bot.alias('copr-work'))).filter(one => /my access token/.test(one.text))).toHaveLength(1);
  });

  it('a work room that is upgraded: its alias leads on, and what is open is asked anew there; one that lets nobody in is said once', async () => {
    await bot.start();
    const [work, prod] = [bot.alias('copr-work'), bot.alias('copr-prod')];
    await bot.serves(work);
    await bot.serves(prod);
    const run = await bot.proposes();
    await bot.shows(/Approve LIVE of dev-1/);
    const upgraded = async (alias: string) => {
      const old = encodeURIComponent(await bot.room(alias));
      const answer = await bot.person('alice').call('POST', `client/v3/rooms/${old}/upgrade`, { new_version: '12' });
      return String(answer.replacement_room);
    };
    const fresh = await upgraded(work);
    const bob = bot.person('bob');
    await bob.joins(fresh);
    await bot.shows(/The request for LIVE of dev-1 is void/, work);
    const request = await bot.shows(/Approve LIVE of dev-1/, work);
    await bob.reacts(fresh, request.id, '✅');
    await bot.shows(/bob approved LIVE of dev-1/, work);
    expect((await bot.app.runs.get(run))?.requests.slice(0, 2).map(one => one.status)).toEqual(['void', 'approved']);

    const closed = await upgraded(prod);
    const amiss = /^#copr-prod:\S+ was replaced by|^I'm not in #copr-prod:\S+, and it doesn't let me in: invite me/;
    await bot.shows(amiss, work);
    expect(await check()).toEqual([expect.stringMatching(/room #copr-prod/)]);
    await bot.person('alice').does('invite', closed, bot.account('ferry'));
    await bot.shows(/^#copr-prod:\S+ is served again/, work);
    expect((await bot.said(work)).filter(one => amiss.test(one.text))).toHaveLength(1);
    await bot.serves(prod);
  });
});
