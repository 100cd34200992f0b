import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StartedBot } from '#test/builders/started-bot.ts';

let bot: StartedBot;

// Each waits for conditions, longer than the default where the machine is busy.
vi.setConfig({ testTimeout: 90_000 });

afterEach(() => bot.end());

const page = '<html><body>502 Bad Gateway</body></html>';

describe('a start needs nothing of the chat', () => {
  const answers = (status: number, body: unknown) => ({ status, body });
  it.each([
    ['an HTTP 500 on the encryption read', 'read-state', 'm.room.encryption', answers(500, { errcode: 'M_UNKNOWN' })],
    ['a 502 of the proxy, for everything', undefined, undefined, answers(502, page)],
    ['HTML with status 200, for everything', undefined, undefined, answers(200, page)],
    ['a refused token', undefined, undefined, answers(401, { errcode: 'M_UNKNOWN_TOKEN' })],
    ['an HTTP 500 on the alias of a room', 'directory', 'copr-work', answers(500, { errcode: 'M_UNKNOWN' })],
    ['an HTTP 403 on joining', 'joined-rooms', undefined, answers(403, { errcode: 'M_FORBIDDEN' })],
  ])(
    '%s: runs are moved all the while, and the rooms are served when it is over',
    async (_, action, contains, answer) => {
      bot = await StartedBot.prepare();
      const { kernel } = bot.homeserver;
      const match = { service: 'matrix' as const, ...(action && { action }), ...(contains && { contains }) };
      const fault = kernel.addFault(match, 'answer', 100_000, answer);
      await bot.start();
      await bot.moves(await bot.proposes());
      kernel.removeFault(fault);
      await bot.serves('#copr-work:sim');
      await bot.serves('#copr-prod:sim');
    },
  );

  it.each(['hang', 'drop'] as const)('a homeserver that answers nothing (%s) holds up no run', async kind => {
    bot = await StartedBot.prepare();
    const fault = bot.homeserver.kernel.addFault({ service: 'matrix' }, kind, 100_000);
    expect(await bot.start()).toBe('away');
    await bot.moves(await bot.proposes());
    bot.homeserver.kernel.removeFault(fault);
  });
});

describe('a room that can not be served', () => {
  it('is joined where the bot is only invited, and other rooms are not', async () => {
    bot = await StartedBot.prepare({ invited: true });
    const elsewhere = await bot.person('mallory').createRoom({ preset: 'private_chat', invite: ['@ferry:sim'] });
    await bot.start();
    await bot.serves('#copr-prod:sim');
    const members = () => bot.homeserver.server.rooms().find(room => room.id === elsewhere)?.members['@ferry:sim'];
    await expect.poll(members).toBe('leave');
  });

  it.each([
    ['encrypted', 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, /#copr-prod:sim is encrypted/],
    [
      'replaced',
      'm.room.tombstone',
      { body: 'moved', replacement_room: '!new:sim' },
      /#copr-prod:sim was replaced by !new:sim/,
    ],
  ])(
    '%s meanwhile: the others are served, and hear of it once, also over a restart',
    async (_, type, content, line) => {
      bot = await StartedBot.prepare();
      await bot.person('alice').setState(await bot.room('#copr-prod:sim'), type, content);
      await bot.start();
      await bot.moves(await bot.proposes());
      await bot.shows(line);
      await bot.serves('#copr-work:sim');
      await bot.stop();
      await bot.start();
      await bot.serves('#copr-work:sim', 'bob');
      expect((await bot.said('#copr-work:sim')).filter(one => line.test(one.text))).toHaveLength(1);
      await bot.logs(/a room can not be served/);
    },
  );

  it('that it was put out of is joined again only when somebody invites it', async () => {
    bot = await StartedBot.prepare();
    await bot.start();
    await bot.serves('#copr-prod:sim');
    const [alice, room] = [bot.person('alice'), await bot.room('#copr-prod:sim')];
    await alice.setState(room, 'm.room.join_rules', { join_rule: 'public' });
    await alice.does('kick', room, '@ferry:sim');
    await bot.shows(/I was put out of #copr-prod:sim by @alice:sim: invite me again/);
    await bot.stop();
    await bot.start();
    await bot.serves('#copr-work:sim', 'bob');
    const inside = () => bot.homeserver.server.rooms().find(one => one.id === room)?.members['@ferry:sim'];
    expect(inside()).toBe('leave');
    await alice.does('invite', room, '@ferry:sim');
    await bot.serves('#copr-prod:sim', 'bob');
    await bot.shows(/^#copr-prod:sim is served again/);
    expect((await bot.said('#copr-work:sim')).filter(one => /put out of/.test(one.text))).toHaveLength(1);
  });

  it('as its alias names none keeps no other from it, and is served once the estate names one that there is', async () => {
    bot = await StartedBot.prepare();
    bot.changeEstate(['environments', 'prod', 'rooms', 'work'], '#nowhere:sim');
    await bot.start();
    await bot.shows(/#nowhere:sim can't be found/);
    await bot.serves('#copr-work:sim');
    bot.changeEstate(['environments', 'prod', 'rooms', 'work'], '#copr-prod:sim');
    await expect.poll(() => bot.app.live.rooms).toContain('#copr-prod:sim');
    await bot.serves('#copr-prod:sim', 'bob');
  });
});

describe('what goes wrong while the bot runs', () => {
  it('is said once where it still can: a room that is encrypted, and to on-call while an outage is on', async () => {
    bot = await StartedBot.prepare();
    await bot.start();
    await bot.serves('#copr-work:sim');
    await bot.serves('#copr-prod:sim');
    const run = await bot.proposes();
    await bot.moves(run);
    const encryption = { algorithm: 'm.megolm.v1.aes-sha2' };
    await bot.person('alice').setState(await bot.room('#copr-work:sim'), 'm.room.encryption', encryption);
    const first = await bot.shows(/^#copr-work:sim is encrypted/, '#copr-prod:sim');
    expect(first).toMatchObject({ notice: true, mentions: [] });
    await bot.app.runs.record(run, undefined, () => [{ type: 'outage-begun' }]);
    const called = await bot.shows(/^@dan #copr-work:sim is encrypted/, '#copr-prod:sim');
    expect(called).toMatchObject({ notice: false, mentions: ['@dan:sim'] });
    await bot.serves('#copr-prod:sim', 'bob');
    expect((await bot.said('#copr-prod:sim')).filter(one => /is encrypted/.test(one.text))).toHaveLength(2);
  });

  it('a revoked token: the server is asked seldom, and the rooms hear of it when a new one is there', async () => {
    bot = await StartedBot.prepare();
    await bot.start();
    await bot.serves('#copr-work:sim');
    const { kernel } = bot.homeserver;
    const refused = { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN', error: 'Invalid access token passed.' } };
    const fault = kernel.addFault({ service: 'matrix', contains: '@ferry:sim' }, 'answer', 100_000, refused);
    const since = kernel.calls.length;
    // Ends the request that waits for news.
    await bot.person('alice').says(await bot.room('#copr-work:sim'), 'hello');
    await bot.logs(/listening to the chat ended.*chat-token-refused/);
    await bot.moves(await bot.proposes());
    await bot.stop();
    expect(kernel.calls.slice(since).length).toBeLessThan(20);
    kernel.removeFault(fault);
    await bot.start();
    await bot.shows(/^The chat server refused my access token for a while/);
    await bot.serves('#copr-work:sim', 'bob');
    expect((await bot.said('#copr-work:sim')).filter(one => /my access token/.test(one.text))).toHaveLength(1);
  });
});

describe('a work room that is replaced while a run is under way', () => {
  it('is left for the one that the estate names then: what is open is asked anew there', async () => {
    bot = await StartedBot.prepare();
    await bot.start();
    await bot.serves('#copr-work:sim');
    const run = await bot.proposes();
    await bot.shows(/Approve LIVE of dev-1/);
    const [alice, bob] = [bot.person('alice'), bot.person('bob')];
    const fresh = await alice.createRoom({ room_alias_name: 'copr-new', invite: ['@bob:sim'] });
    await bob.joins(fresh);
    const moved = { body: 'moved', replacement_room: fresh };
    await alice.setState(await bot.room('#copr-work:sim'), 'm.room.tombstone', moved);
    await bot.shows(new RegExp(`#copr-work:sim was replaced by ${fresh}`), '#copr-prod:sim');
    bot.changeEstate(['environments', 'dev', 'rooms', 'work'], '#copr-new:sim');
    await bot.shows(/The request for LIVE of dev-1 is void/, '#copr-new:sim');
    const request = await bot.shows(/Approve LIVE of dev-1/, '#copr-new:sim');
    await bob.reacts(fresh, request.id, '✅');
    await bot.shows(/bob approved LIVE of dev-1/, '#copr-new:sim');
    expect((await bot.app.runs.get(run))?.requests.slice(0, 2).map(one => one.status)).toEqual(['void', 'approved']);
  });
});

describe('an estate that changes while the chat is away', () => {
  it('holds at once for who may approve, and its new room is served when the chat is back', async () => {
    bot = await StartedBot.prepare({ invited: true });
    bot.changeEstate(['environments', 'prod', 'rooms', 'work'], '#copr-work:sim');
    await bot.start();
    await bot.serves('#copr-work:sim');
    const { kernel } = bot.homeserver;
    const away = kernel.addFault({ service: 'matrix' }, 'answer', 100_000, { status: 502, body: page });
    bot.changeEstate(['environments', 'prod', 'rooms', 'work'], '#copr-prod:sim');
    bot.changeEstate(['environments', 'prod', 'approvers'], ['alice', 'carol']);
    await expect.poll(() => bot.app.live.chat.environments.prod?.approvers).toEqual(['alice', 'carol']);
    await bot.moves(await bot.proposes());
    kernel.removeFault(away);
    await bot.person('alice').does('invite', await bot.room('#copr-prod:sim'), '@ferry:sim');
    await bot.serves('#copr-prod:sim', 'bob');
    expect(bot.logged.filter(line => /has a mistake/.test(line))).toEqual([]);
  });
});

describe('a start that fails', () => {
  const ends = async (more: Readonly<Record<string, string>> = {}) => {
    const main = join(import.meta.dirname, '../../src/main.ts');
    const child = spawn(process.execPath, [main, 'start', '--env-file', join(bot.dir, 'ferry.env')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, ...more },
    });
    let said = '';
    child.stderr.on('data', chunk => {
      said += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 40_000);
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    return { code, said };
  };

  it('for want of a key closes what was open and exits with 3', async () => {
    bot = await StartedBot.prepare();
    rmSync(join(bot.dir, 'key.pub'));
    expect(await ends()).toMatchObject({ code: 3, said: expect.stringContaining('FERRY_SSH_KEY_FILE') });
  });

  it('for want of a token does so too', async () => {
    bot = await StartedBot.prepare();
    bot.writeEnvironment('');
    expect(await ends()).toMatchObject({ code: 3, said: expect.stringContaining('MATRIX_ACCESS_TOKEN') });
  });
});
