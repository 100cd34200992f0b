import { beforeAll, describe, expect, it } from 'vitest';
import { type Game, playGame } from './chaos-game.ts';
import { someOf } from './seeded.ts';

/** FERRY_CHAOS_SEED plays another game. */
const seed = Number(process.env.FERRY_CHAOS_SEED ?? 1);
const about = { target: 'copr-fe-dev', turnsBack: true } as const;

describe('a way back that restores the database from the clean snapshot', () => {
  let undisturbed: Game;
  beforeAll(async () => {
    undisturbed = await playGame(about);
  }, 600_000);

  it('leaves all as it was before the upgrade, on a volume made in the place of the upgraded one', () => {
    expect(undisturbed.problems).toEqual([]);
    expect(undisturbed.places.length).toBeGreaterThan(80);
    expect(undisturbed.effects.filter(one => one.startsWith('ec2 CreateVolume'))).toHaveLength(1);
  });

  it('makes one volume, and each effect once after its approval, when its bot is killed with kill -9 around the restore', async () => {
    const making = undisturbed.places.filter(one => /^(?:before|after) CreateVolume/.test(one));
    const restoring = undisturbed.places.filter(one => /AttachVolume|restore-database/.test(one));
    expect([making.length, restoring.length > 6]).toEqual([2, true]);
    const others = undisturbed.places.filter(one => ![...making, ...restoring].includes(one));
    const kills = [...making, ...someOf(restoring, 4, seed), ...someOf(others, 3, seed)];
    const game = await playGame({ ...about, kills, undisturbed, limitMs: 500_000 });
    expect(game.problems, `seed ${seed}, killed at:\n${game.killed.join('\n')}`).toEqual([]);
    expect(game.killed.length).toBeGreaterThan(5);
  }, 900_000);
});
