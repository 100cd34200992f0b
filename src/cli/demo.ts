import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findGit, findRedisServer } from '#adapters/embedded-redis/find-server.ts';
import { readEstate } from '#estate/read-estate.ts';
import { autoPlay } from './demo/auto-play.ts';
import { BotProcess } from './demo/bot-process.ts';
import { compare, type DemoTarget, problemsAfter } from './demo/check-world.ts';
import { KeptWorld } from './demo/kept-world.ts';
import { playByHand } from './demo/play-by-hand.ts';
import { intro, outro } from './demo/words.ts';
import type { WorldView } from './demo/world-view.ts';
import { readWorld } from './room/room-world.ts';
import { speedOf } from './sim.ts';
import { exit, UsageError } from './subcommand.ts';

const help = `ferry demo: an upgrade on the simulator, in this terminal

Usage: ferry demo [--auto] [--target NAME] [--speed N|max] [--dir D]

  --auto         plays it from request to announcement by itself (the default without a terminal)
  --target NAME  a target of the pretend estate, or dev or prod for all four (default copr-be-dev)
  --speed N      divides the world's delays (default 30; 100 with --auto)
  --dir D        keeps the world there, so that a second start goes on

Nothing outside is touched: every address is on 127.0.0.1. Exit: 0 only if the world is as it should be.
`;

/** `ferry demo`. */
export async function demoCommand(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      auto: { type: 'boolean' },
      target: { type: 'string' },
      speed: { type: 'string' },
      dir: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return exit.done;
  }
  const auto = values.auto ?? (process.stdin.isTTY !== true || process.stdout.isTTY !== true);
  const target = values.target ?? 'copr-be-dev';
  const speed = values.speed === undefined ? (auto ? 100 : 30) : speedOf(values.speed);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  for (const find of [findRedisServer, findGit]) await find(process.env.PATH ?? '', say);
  const kept = values.dir === undefined ? undefined : resolve(values.dir);
  const dir = kept ?? mkdtempSync(join(tmpdir(), 'ferry-demo-'));
  mkdirSync(dir, { recursive: true });
  try {
    return await play({ dir, auto, target, speed });
  } finally {
    if (kept === undefined) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Stage {
  readonly dir: string;
  readonly auto: boolean;
  readonly target: string;
  readonly speed: number | 'max';
}

async function play(stage: Stage): Promise<number> {
  const { dir } = stage;
  const { startSimulator } = await import('#sim/simulator.ts');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const simulator = await startSimulator({ dir: dir, speed: stage.speed });
  const bot = new BotProcess(dir);
  try {
    const targets = await targetsOf(stage);
    const kept = new KeptWorld(dir);
    const before = kept.before(simulator.world());
    await bot.start();
    const print = (lines: readonly string[]) => process.stdout.write(lines.map(line => `${line}\n`).join(''));
    print(intro(stage.target, stage.auto));
    if (!stage.auto) {
      const all = [...(await targetsOf({ dir, target: 'dev' })), ...(await targetsOf({ dir, target: 'prod' }))];
      await playByHand({ dir, simulator, bot, kept, all, targets, print, signal: stop.signal });
      return exit.done;
    }
    await autoPlay({ world: readWorld(dir), say: `!upgrade ${stage.target}`, print, signal: stop.signal });
    const after = simulator.world() as WorldView;
    const problems = problemsAfter(before, after, targets);
    kept.keep(after);
    print(outro(compare(before, after, targets), problems));
    return problems.length === 0 ? exit.done : exit.failed;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (stop.signal.aborted) return exit.failed;
    process.stderr.write(`ferry demo: ${(error as Error).message}\n`);
    return exit.failed;
  } finally {
    await bot.stop();
    await simulator.stop();
  }
}

/** @throws UsageError naming what there is. */
async function targetsOf({ dir, target }: Pick<Stage, 'dir' | 'target'>): Promise<DemoTarget[]> {
  const estate = await readEstate(join(dir, 'estate.yaml'));
  const chosen = Object.values(estate.targets).filter(one => one.name === target || one.environment === target);
  if (chosen.length === 0) {
    throw new UsageError(`--target ${target}: there are ${Object.keys(estate.targets).join(', ')}, dev and prod`);
  }
  return chosen.map(({ name, instanceName }) => ({ name, instanceName }));
}
