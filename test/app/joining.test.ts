import { afterEach, describe, expect, it } from 'vitest';
import { StartedBot } from '#test/builders/started-bot.ts';

let bot: StartedBot;

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
});
