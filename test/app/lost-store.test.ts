import { afterEach, expect, it } from 'vitest';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import { StartedBot } from '#test/builders/started-bot.ts';

let bot: StartedBot;

afterEach(() => bot.end());

it('a start on a store that was wiped says so in every work room, moves nothing, and goes on when it is restored', async () => {
  bot = await StartedBot.prepare();
  await bot.start();
  const run = await bot.proposes();
  await bot.moves(run);
  await bot.stop();
  await bot.store.redis.flushall();

  await bot.start();
  for (const room of ['#copr-work:sim', '#copr-prod:sim']) {
    const said = await bot.shows(new RegExp(`record of my runs is gone: the store has 0 entries of ${run}`), room);
    expect(said.mentions).toEqual(['@dan:sim']);
  }
  await bot.logs(/nothing is moved: the store is not the one that was written to/);
  await bot.person('alice').says(await bot.room('#copr-work:sim'), '!upgrade copr-keygen-dev');
  await bot.shows(new RegExp(`I can say nothing that is certain.*^ {2}${run} {2}copr-be-dev`, 'ms'));
  await expect(bot.proposes('copr-keygen-dev')).rejects.toMatchObject({ code: 'store-shorter' });

  await restoreStore(bot.store);
  await bot.shows(/The record of my runs is whole again/);
  await bot.moves(await bot.proposes('copr-keygen-dev'));
});
