import { beforeAll, describe, expect, it } from 'vitest';
import { type Game, playGame } from './chaos-game.ts';
import { someOf } from './seeded.ts';

/** FERRY_CHAOS_SEED plays another game. */
const seed = Number(process.env.FERRY_CHAOS_SEED ?? 1);
const about = { target: 'copr-dist-git-dev', returns: true } as const;

describe('a return to the old instance', () => {
  let undisturbed: Game;
  beforeAll(async () => {
    undisturbed = await playGame(about);
  }, 600_000);

  it('leaves all as it was before the upgrade, and has boundaries to kill at', () => {
    expect(undisturbed.problems).toEqual([]);
    expect(undisturbed.places.length).toBeGreaterThan(150);
  });

  it('has each effect once, none without its approval, when its bot is killed 12 times with kill -9', async () => {
    const kills = someOf(undisturbed.places, 12, seed);
    const game = await playGame({ ...about, kills, undisturbed, limitMs: 500_000 });
    expect(game.problems, `seed ${seed}, killed at:\n${game.killed.join('\n')}`).toEqual([]);
    expect(game.killed.length).toBeGreaterThan(8);
  }, 900_000);
});
