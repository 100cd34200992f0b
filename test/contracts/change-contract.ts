import { afterEach, describe, expect, it, vi } from 'vitest';
import { kinds } from '#changes/index.ts';
import type { Change } from '#core/change.ts';
import { Refused, Unknown } from '#core/errors.ts';
import { canonical, type JsonObject } from '#core/json.ts';
import type { About, ChangeDefinition, Look, Readers } from '#engine/define-change.ts';
import type { Send } from '#ports/send.ts';
import type { SimCall } from '#sim/state.ts';
import { sending } from '../builders/sending.ts';
import type { ChangeScenario, ChangeWorld } from './change-scenarios/scenario.ts';

const patience = { timeout: 15_000, interval: 10 };
const run = 'r7k2m9q4x1';
let nth = 0;

/** What every kind of change promises, whatever it changes. */
export function changeContract(scenario: ChangeScenario, start: () => Promise<ChangeWorld>): void {
  describe(`${scenario.kind}: ${scenario.title}`, () => {
    let world: ChangeWorld | undefined;
    afterEach(async () => {
      await world?.stop();
      world = undefined;
    });

    const begin = async () => {
      world = await start();
      return new Playing(world, scenario, await scenario.arrange(world));
    };

    it('is seen as not made, is made, and is seen as made', async () => {
      const play = await begin();
      expect(await play.look()).toMatchObject({ is: 'before' });
      await play.make();
      await play.untilAfter();
      if (scenario.quiet !== true) expect(play.effects()).not.toEqual([]);
    });

    it('leaves one effect when it is made again', async () => {
      const play = await begin();
      await play.make();
      const { output } = await play.untilAfter();
      const effects = play.effects();
      if (play.definition.repeat === 'token' || play.definition.repeat === 'converges')
        await play.make({ mayRefuse: true });
      expect((await play.untilAfter()).output).toEqual(output);
      expect(distinct(play.effects())).toEqual(distinct(effects));
    });

    it('is seen as not made when its request was lost on the way', async () => {
      const play = await begin();
      play.fault('drop');
      await expect(play.make()).rejects.toMatchObject({ name: 'Unknown' });
      expect(play.effects()).toEqual([]);
      expect(await play.look()).toMatchObject({ is: 'before' });
      play.faultIsOver();
      await play.make();
      await play.untilAfter();
    });

    it('is seen as made when only the reply was lost', async () => {
      const play = await begin();
      play.fault('reply-lost');
      await expect(play.make()).rejects.toMatchObject({ name: 'Unknown' });
      await play.untilAfter();
      const effects = play.effects();
      if (scenario.quiet !== true) expect(effects).not.toEqual([]);
      expect(distinct(effects)).toHaveLength(effects.length);
    });

    it('says every id and address that it touches, and how it is done by hand', async () => {
      const play = await begin();
      const says = play.definition.say(play.change.args);
      for (const id of idsIn(play.change.args)) expect(says).toContain(id);
      expect(says.length).toBeGreaterThan(10);
      expect(play.definition.byHand(play.change.args).length).toBeGreaterThan(5);
      expect(says).not.toMatch(/undefined|\[object/);
      expect(play.definition.byHand(play.change.args)).not.toMatch(/undefined|\[object/);
    });

    it(scenario.undo === 'change' ? 'is undone by its inverse' : 'says why it has no inverse', async () => {
      const play = await begin();
      const planned = play.definition.inverse(play.change.args);
      if (scenario.undo === 'none') {
        expect('change' in planned).toBe(false);
        expect(Object.values(planned)[0]).toMatch(/\w{3}/);
        return;
      }
      const was = scenario.view?.(play.world);
      const before = await play.look();
      if (before.is !== 'before') throw new Error(`looks ${before.is}`);
      await play.make();
      const { output } = await play.untilAfter();
      const undo = play.definition.inverse(play.change.args, { before: before.before ?? null, output });
      if (!('change' in undo)) throw new Error(`no change: ${JSON.stringify(undo)}`);
      if ('change' in planned) expect(undo.change).toEqual(planned.change);
      const back = new Playing(play.world, scenario, undo.change);
      expect(await back.look()).toMatchObject({ is: 'before' });
      await back.make();
      await back.untilAfter();
      if (scenario.view !== undefined) expect(scenario.view(play.world)).toEqual(was);
      else expect(await new Playing(play.world, scenario, play.change).look()).toEqual(before);
    });
  });
}

class Playing {
  readonly world: ChangeWorld;
  readonly scenario: ChangeScenario;
  readonly change: Change;
  readonly definition: ChangeDefinition;
  readonly #about: About;
  readonly #from: number;
  #faulty = false;

  constructor(world: ChangeWorld, scenario: ChangeScenario, change: Change) {
    const definition = kinds[change.kind];
    if (definition === undefined) throw new Error(`no kind ${change.kind}`);
    this.world = world;
    this.scenario = scenario;
    this.change = JSON.parse(canonical(change)) as Change;
    this.definition = definition;
    nth += 1;
    this.#about = { run, key: `${run}.target.step.${nth}.g1` };
    this.#from = world.kernel.effects.length;
  }

  /** Each look that asks for a command's state must ask for it before the world, or what ends in between has ended without its effect. */
  async look(): Promise<Look> {
    const asked: string[] = [];
    const look = await this.definition.look(overheard(this.world.readers, asked), this.change.args, this.#about);
    if (asked.includes('shell.detached'))
      expect(asked[0], `${this.change.kind} asks in this order: ${asked}`).toBe('shell.detached');
    return look;
  }

  async make(options: { readonly mayRefuse?: boolean } = {}): Promise<void> {
    // A busy machine must not make a request late.
    const send: Send = sending({ ...this.#about, sendBy: Date.now() + 20_000 });
    try {
      await this.definition.make(this.world.writers, this.change.args, send);
    } catch (error) {
      if (options.mayRefuse === true && error instanceof Refused) return;
      if (this.scenario.endsConnection === true && !this.#faulty && error instanceof Unknown) return;
      throw error;
    }
  }

  fault(kind: 'drop' | 'reply-lost'): void {
    this.#faulty = true;
    this.world.kernel.addFault(this.scenario.request, kind, 1);
  }

  faultIsOver(): void {
    this.#faulty = false;
  }

  async untilAfter(): Promise<{ readonly output: JsonObject }> {
    await this.scenario.help?.(this.world);
    return vi.waitFor(async () => {
      const look = await this.look();
      if (look.is !== 'after') throw new Error(`looks ${JSON.stringify(look)}`);
      return look;
    }, patience);
  }

  /** The effects of this change so far, without their numbers and times. */
  effects(): Partial<SimCall>[] {
    return this.world.kernel.effects
      .slice(this.#from)
      .filter(effect => this.scenario.effects(effect))
      .map(({ service, action, args, host }) => ({ service, action, args, ...(host === undefined ? {} : { host }) }));
  }
}

/** Setting a thing to what it is already may be counted by the world, and changes nothing. */
function distinct(effects: readonly Partial<SimCall>[]): string[] {
  return [...new Set(effects.map(canonical))];
}

/** Ids and addresses, as far as their form tells. */
function idsIn(value: unknown): string[] {
  if (typeof value === 'string')
    return /^(?:(?:i|vol|eni|eipalloc|snap|subnet|ami)-\w+|\d+\.\d+\.\d+\.\d+|[0-9a-f]+:[0-9a-f:]+)$/.test(value)
      ? [value]
      : [];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(idsIn);
  return [];
}

/** The same readers; which of their questions were asked, in their order. */
function overheard(readers: Readers, asked: string[]): Readers {
  const listened = (port: object, name: string) =>
    new Proxy(port, {
      get(target, question) {
        const value = Reflect.get(target, question) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]) => {
          asked.push(`${name}.${String(question)}`);
          return value.apply(target, args);
        };
      },
    });
  return Object.fromEntries(
    Object.entries(readers).map(([name, port]) => [name, listened(port, name)]),
  ) as unknown as Readers;
}
