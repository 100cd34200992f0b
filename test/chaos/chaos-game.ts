import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { autoPlay } from '#cli/demo/auto-play.ts';
import { BotProcess } from '#cli/demo/bot-process.ts';
import type { WorldView } from '#cli/demo/world-view.ts';
import { readWorld } from '#cli/room/room-world.ts';
import { readEstate } from '#estate/read-estate.ts';
import { type Simulator, startSimulator } from '#sim/simulator.ts';
import type { SimCall } from '#sim/state.ts';
import { MirrorWatch } from './mirror-watch.ts';
import { placeOf, placeOfEntry } from './place.ts';
import { playBack, playUntilOver } from './play-back.ts';
import { effectsOf, problemsOf } from './verdict.ts';

export interface Game {
  /** Every place of it, in the order in which it came by. */
  readonly places: readonly string[];
  /** Where the bot, or its Redis, was killed. */
  readonly killed: readonly string[];
  readonly effects: readonly string[];
  readonly problems: readonly string[];
}

export interface GameOptions {
  readonly target: string;
  /** Places at which the bot is killed, each once. */
  readonly kills?: readonly string[];
  /** Places at which its embedded Redis alone is killed, each once. */
  readonly redisKills?: readonly string[];
  /** How many bots there are on one state, killed in turn; one unless told. */
  readonly bots?: number;
  /** It is upgraded undisturbed first, and the game is its return to the old instance. */
  readonly returns?: boolean;
  /** It is upgraded undisturbed until its outage is over, and the game is its way back, from within the settle window. */
  readonly turnsBack?: boolean;
  /** Of a game without kills, to compare. */
  readonly undisturbed?: Game;
  /** Ends the game after this long, ms. */
  readonly limitMs?: number;
}

/**
 * One whole upgrade on the simulator, alice asking and bob approving, with the bot as a process that is killed with
 * kill -9 at exact places: with a request on its way (which is lost), with its effect there and the answer not, or with
 * an entry of the journal just written. It is started again each time, as a service manager does.
 */
export async function playGame(options: GameOptions): Promise<Game> {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-chaos-'));
  const simulator = await startSimulator({ dir, speed: 'max', saves: 'at-stop' });
  const game = new ChaosGame(dir, simulator, options);
  try {
    return await game.play();
  } finally {
    await game.stop();
    await simulator.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

class ChaosGame {
  readonly #dir: string;
  readonly #simulator: Simulator;
  readonly #options: GameOptions;
  readonly #bots: readonly BotProcess[];
  readonly #before: WorldView;
  readonly #seed: string;
  readonly #left: Set<string>;
  readonly #redisLeft: Set<string>;
  readonly #places = new Set<string>();
  readonly #killed: string[] = [];
  readonly #watch: MirrorWatch;
  /** Before the game begins nothing counts. */
  #begun = false;

  constructor(dir: string, simulator: Simulator, options: GameOptions) {
    this.#dir = dir;
    this.#simulator = simulator;
    this.#options = options;
    this.#bots = Array.from({ length: options.bots ?? 1 }, () => new BotProcess(dir));
    this.#before = structuredClone(simulator.world()) as WorldView;
    this.#seed = JSON.stringify(simulator.world());
    this.#left = new Set(options.kills);
    this.#redisLeft = new Set(options.redisKills);
    this.#watch = new MirrorWatch(this.#mirror, entry => void this.#at(placeOfEntry(entry)));
    this.#layInWait();
  }

  get #mirror(): string {
    return join(this.#dir, 'state', 'journal');
  }

  /** Every request of the bot passes here, before its effect and after it. */
  #layInWait(): void {
    const { kernel } = this.#simulator;
    const before = kernel.before.bind(kernel);
    const after = kernel.after.bind(kernel);
    const name = (call: SimCall) =>
      placeOf(call, this.#seed, kernel.effects.filter(one => one.action === 'push').length);
    kernel.before = async call => {
      const place = name(call);
      if (place !== undefined && (await this.#at(`before ${place}`))) return { kind: 'drop' };
      return before(call);
    };
    kernel.after = async call => {
      const place = name(call);
      if (place !== undefined) await this.#at(`after ${place}`);
      await after(call);
    };
  }

  /** Kills a bot, or its Redis, where that was wished for. @returns once it is dead, whether a bot was. */
  async #at(place: string): Promise<boolean> {
    if (!this.#begun) return false;
    this.#places.add(place);
    if (this.#redisLeft.delete(place)) {
      this.#killed.push(place);
      const pid = this.#redis();
      await killed(pid, () => process.kill(pid, 'SIGKILL'));
    }
    if (!this.#left.delete(place)) return false;
    const bot = this.#bots[this.#killed.length % this.#bots.length];
    this.#killed.push(place);
    await killed(bot?.pids.at(-1), () => bot?.kill());
    return true;
  }

  #redis(): number {
    const owner = JSON.parse(readFileSync(join(this.#dir, 'state', 'redis', 'owner.json'), 'utf8')) as {
      server: number;
    };
    return owner.server;
  }

  async play(): Promise<Game> {
    const { target, undisturbed, returns = false, turnsBack = false } = this.#options;
    for (const bot of this.#bots) await bot.start();
    const upgraded = turnsBack ? await playUntilOver(this.#dir, `!upgrade ${target}`) : undefined;
    if (returns) await this.#plays(`!upgrade ${target}`);
    const since = this.#simulator.kernel.effects.length;
    this.#begun = true;
    const run = await (upgraded === undefined
      ? this.#plays(returns ? `!rollback ${target}` : `!upgrade ${target}`)
      : playBack(this.#dir, upgraded, this.#signal()));
    const estate = await readEstate(join(this.#dir, 'estate.yaml'));
    const targets = Object.values(estate.targets).filter(one => one.name === target || one.environment === target);
    const effects = this.#simulator.kernel.effects.slice(since);
    const evidence = {
      before: this.#before,
      after: this.#simulator.world() as WorldView,
      seed: this.#seed,
      targets,
      goes: turnsBack ? ('back' as const) : returns ? ('return' as const) : ('there' as const),
      effects,
      mirror: this.#mirror,
      run,
    };
    return {
      places: [...this.#places],
      killed: this.#killed,
      effects: effectsOf(effects, this.#seed),
      problems: problemsOf(evidence, undisturbed?.effects),
    };
  }

  async #plays(say: string): Promise<string> {
    const world = readWorld(this.#dir);
    return (await autoPlay({ world, say, print: () => {}, signal: this.#signal() })).run;
  }

  #signal(): AbortSignal {
    return AbortSignal.timeout(this.#options.limitMs ?? 300_000);
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    for (const bot of this.#bots) await bot.stop();
  }
}

/** Kills a process and waits until it is gone. */
async function killed(pid: number | undefined, kill: () => void): Promise<void> {
  kill();
  while (pid !== undefined && isAlive(pid)) await wait(1);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that nobody has waited for yet is dead all the same.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
