import { afterEach, describe, expect, it, vi } from 'vitest';
import { kinds } from '#changes/index.ts';
import type { Change } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import { canonical } from '#core/json.ts';
import type { FaultKind } from '#sim/state.ts';
import { type Meddling, OneChange } from '../builders/one-change.ts';
import type { Process } from '../builders/toy-bench.ts';
import type { PrivateRedis } from '../peers/redis.ts';
import type { ChangeScenario, ChangeWorld } from './change-scenarios/scenario.ts';

/** Where the engine is thrown away, and what the journal then says of the change at the end. */
const boundaries = {
  'before it is intended': ['intended', 'made'],
  'when it is intended': ['intended', 'intended', 'made'],
  'with the request on its way, which is lost': ['intended', 'intended', 'made'],
  'after the effect, before the answer': ['intended', 'found'],
  'before it is recorded': ['intended', 'found'],
  'when it is recorded': ['intended', 'made'],
} as const;
type Boundary = keyof typeof boundaries;

/** A change that ends its own connection may or may not get its answer: either way it is done. */
function expected({ endsConnection }: ChangeScenario, boundary: Boundary): readonly string[] {
  return endsConnection === true
    ? boundaries[boundary].map(word => (word === 'found' ? 'made' : word))
    : boundaries[boundary];
}

const isOf = (entries: readonly NewEntry[], ...types: readonly string[]) =>
  entries.some(entry => types.includes(entry.type));

/**
 * What every kind of change promises when the bot dies: another bot, which knows the journal alone, finishes it, and the
 * world shows its effect once.
 */
export function crashContract(
  scenario: ChangeScenario,
  options: { readonly start: () => Promise<ChangeWorld>; readonly redis: () => PrivateRedis },
): void {
  describe(`${scenario.kind}: ${scenario.title}`, () => {
    let crash: Crash | undefined;
    afterEach(async () => {
      await crash?.end();
      crash = undefined;
    });
    const begin = async () => {
      crash = await Crash.begin(scenario, await options.start(), options.redis());
      return crash;
    };

    it.each(Object.keys(boundaries) as Boundary[])('has its effect once when the bot dies %s', async boundary => {
      const play = await begin();
      await play.dies(boundary);
      await play.isFinished(boundary);
      expect(await play.story()).toEqual(expected(scenario, boundary));
    });

    if (scenario.slow !== true) return;
    it('is waited for, not made again, when the bot dies while it is under way', async () => {
      const play = await begin();
      await play.diesUnderWay();
      await play.isFinished();
      expect(await play.story()).toEqual(['intended', 'made']);
    });
  });
}

class Crash {
  readonly #scenario: ChangeScenario;
  readonly #world: ChangeWorld;
  readonly #one: OneChange;
  readonly #from: number;

  private constructor(scenario: ChangeScenario, world: ChangeWorld, one: OneChange) {
    this.#scenario = scenario;
    this.#world = world;
    this.#one = one;
    this.#from = world.kernel.effects.length;
  }

  static async begin(scenario: ChangeScenario, world: ChangeWorld, redis: PrivateRedis): Promise<Crash> {
    const change = JSON.parse(canonical(await scenario.arrange(world))) as Change;
    return new Crash(scenario, world, await OneChange.propose(redis, world, change));
  }

  /** The first life, up to a boundary. */
  async dies(boundary: Boundary): Promise<void> {
    let died = false;
    const die = (process: Process) => {
      died = true;
      return process.die();
    };
    const meddling: Meddling = {
      async append(process, entries, write) {
        if (boundary === 'before it is intended' && isOf(entries, 'intended')) throw die(process);
        if (boundary === 'before it is recorded' && isOf(entries, 'made', 'found')) throw die(process);
        await write();
        if (boundary === 'when it is intended' && isOf(entries, 'intended')) throw die(process);
        if (boundary === 'when it is recorded' && isOf(entries, 'made', 'found')) throw die(process);
      },
      make: async (process, send) => {
        if (boundary === 'with the request on its way, which is lost') {
          await this.#held('hold-before', send, () => {
            die(process);
            this.#world.kernel.addFault(this.#scenario.request, 'drop', 1);
          });
        } else if (boundary === 'after the effect, before the answer') {
          await this.#held('hold-after', send, () => void die(process));
        } else await send();
      },
    };
    await this.#one.live(meddling);
    expect(died, 'the boundary was met').toBe(true);
    await this.#one.everythingIsOver();
  }

  /** Acts at the moment at which the world holds the request; its answer, if any, then comes to nobody. */
  async #held(kind: FaultKind, send: () => Promise<void>, act: () => void): Promise<void> {
    const { kernel } = this.#world;
    const id = kernel.addFault(this.#scenario.request, kind, 1);
    const sent = send().then(
      () => undefined,
      (error: unknown) => error,
    );
    const met = vi.waitFor(
      () => {
        if (kernel.faults.find(fault => fault.id === id)?.left !== 0) throw new Error('the request did not come');
      },
      { timeout: 15_000, interval: 2 },
    );
    await Promise.race([met, sent.then(error => met.catch(() => Promise.reject(error)))]);
    act();
    kernel.removeFault(id);
    const error = await sent;
    if (error !== undefined) throw error;
  }

  /** The first life, up to when the effect is coming but not there; the next one sees it coming too. */
  async diesUnderWay(): Promise<void> {
    const { kernel } = this.#world;
    // A host takes its time to go down: as much as that need not be waited for.
    const slowly = this.#scenario.endsConnection === true ? 10 : 1;
    let sent = false;
    let died = false;
    await this.#one.live({
      async make(_process, send) {
        kernel.setSpeed(slowly);
        await send();
        sent = true;
      },
      looked(process, look) {
        if (!sent || look.is !== 'under-way') return;
        died = true;
        throw process.die();
      },
    });
    expect(died, 'the change was seen under way').toBe(true);
    await this.#one.everythingIsOver();
  }

  /** The second life: it knows nothing but the journal. */
  async isFinished(boundary?: Boundary): Promise<void> {
    const { kernel } = this.#world;
    await this.#scenario.help?.(this.#world);
    let step = await this.#one.live({
      looked(_process, look) {
        if (look.is === 'under-way') kernel.setSpeed('max');
      },
    });
    const lost = boundary === 'when it is intended' || boundary === 'with the request on its way, which is lost';
    if (lost && kinds[this.#scenario.kind]?.repeat === 'ask') {
      expect(step.halt).toMatchObject({ code: 'unclear' });
      await this.#one.retry();
      step = await this.#one.live();
    }
    expect(step.halt).toBeUndefined();
    expect(step.status).toBe('done');
    const effects = this.#effects();
    if (this.#scenario.quiet !== true) expect(effects).not.toEqual([]);
    expect([...new Set(effects)]).toEqual(effects);
  }

  /** What was written of the change. A success that cut the connection was unknown at first, then found. */
  async story(): Promise<string[]> {
    const story = (await this.#one.story()).join(' ');
    return (this.#scenario.endsConnection === true ? story.replace(/(?:unknown )?found/, 'made') : story).split(' ');
  }

  #effects(): string[] {
    return this.#world.kernel.effects
      .slice(this.#from)
      .filter(effect => this.#scenario.effects(effect))
      .map(({ service, action, args, host }) => canonical({ service, action, args, host: host ?? null } as never));
  }

  async end(): Promise<void> {
    this.#one.close();
    await this.#world.stop();
  }
}
