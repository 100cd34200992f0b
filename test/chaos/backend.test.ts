import { beforeAll, describe, expect, it } from 'vitest';
import { type Game, playGame } from './chaos-game.ts';
import { someOf } from './seeded.ts';

/** FERRY_CHAOS_SEED plays another game; `npm run chaos` plays them all. */
const seed = Number(process.env.FERRY_CHAOS_SEED ?? 1);
const target = 'copr-be-dev';

describe('an upgrade of the backend', () => {
  let undisturbed: Game;
  beforeAll(async () => {
    undisturbed = await playGame({ target });
  }, 120_000);

  const place = (pattern: RegExp) => {
    const found = undisturbed.places.find(one => pattern.test(one));
    if (found === undefined) throw new Error(`no place is like ${pattern}`);
    return found;
  };

  it('is as it should be without kills, and has boundaries to kill at', () => {
    expect(undisturbed.problems).toEqual([]);
    expect(undisturbed.places.length).toBeGreaterThan(300);
  });

  it('has each effect once, none without its approval, when its bot is killed 20 times with kill -9', async () => {
    const kills = someOf(undisturbed.places, 20, seed);
    const game = await playGame({ target, kills, undisturbed });
    expect(game.problems, `seed ${seed}, killed at:\n${game.killed.join('\n')}`).toEqual([]);
    expect(game.killed.length).toBeGreaterThan(15);
  }, 300_000);

  it('goes on when one of two bots is killed, and when their Redis is, in the middle of the outage', async () => {
    const kills = [/^after message request/, /^after DetachVolume/, /^entry intended copr-be-dev\/attach-data/].map(
      place,
    );
    const redisKills = [/^entry made copr-be-dev\/stop-services/, /^after AttachVolume.*sde/].map(place);
    const game = await playGame({ target, bots: 2, kills, redisKills, undisturbed });
    expect(game.problems, game.killed.join('\n')).toEqual([]);
    expect([...game.killed].sort()).toEqual([...kills, ...redisKills].sort());
  }, 300_000);
});
