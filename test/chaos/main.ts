import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Game, playGame } from './chaos-game.ts';
import { someOf } from './seeded.ts';

const help = `npm run chaos: whole upgrades on the simulator, the bot killed with kill -9 at every boundary in turn

Usage: npm run chaos -- [--target NAME] [--count N] [--seed N] [--kills N]
       npm run chaos -- --model [--count N] [--seed N]

  --target NAME  a target of the pretend estate, or dev or prod (default copr-be-dev)
  --count N      only as many boundaries, chosen by the seed (default all)
  --seed N       which ones (default 1)
  --kills N      how often the bot is killed in one upgrade (default 20)
  --model        instead: the real graphs without a world, meddled with at random, their order judged by the
                 effects alone; --count histories (default 2000)
`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'copr-be-dev' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '20' },
    model: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Places of one upgrade lie far apart, so that its kills meet different changes. */
function dealt(places: readonly string[], kills: number): string[][] {
  const games = Math.max(1, Math.ceil(places.length / kills));
  return Array.from({ length: games }, (_, game) => places.filter((_place, index) => index % games === game));
}

async function chaos(target: string): Promise<boolean> {
  const undisturbed: Game = await playGame({ target });
  for (const problem of undisturbed.problems) say(`undisturbed: ${problem}`);
  const { places } = undisturbed;
  const chosen = values.count === undefined ? places : someOf(places, Number(values.count), Number(values.seed));
  say(`${target}: ${places.length} boundaries, killing at ${chosen.length}`);
  let bad = undisturbed.problems.length;
  let killed = 0;
  for (const kills of dealt(chosen, Number(values.kills))) {
    const begun = Date.now();
    const game = await playGame({ target, kills, undisturbed }).catch((error: Error) => error);
    const problems = game instanceof Error ? [game.message] : game.problems;
    bad += problems.length;
    killed += game instanceof Error ? 0 : game.killed.length;
    say(
      `${problems.length === 0 ? 'good' : 'BAD'}: ${kills.length} boundaries in ${Math.round((Date.now() - begun) / 1000)} s`,
    );
    if (problems.length > 0) for (const line of [...problems, 'killed at:', ...kills]) say(`  ${line}`);
  }
  say(`${killed} kills, ${bad} problems`);
  return bad === 0;
}

/** The model of `npm test`, with more histories. @returns whether all of them keep the order. */
function model(): boolean {
  const root = join(import.meta.dirname, '../..');
  const env = { ...process.env, FERRY_ORDER_SEEDS: values.count ?? '2000', FERRY_ORDER_SEED: values.seed };
  const args = ['run', 'test/order/order-model.test.ts'];
  return spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, env, stdio: 'inherit' }).status === 0;
}

if (values.help === true) say(help);
else if (values.model === true) process.exitCode = model() ? 0 : 1;
else process.exitCode = (await chaos(values.target)) ? 0 : 1;
