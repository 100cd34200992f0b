import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '#changes/index.ts';
import type { Change } from '#core/change.ts';
import type { Entry, NewEntry } from '#core/entries.ts';
import type { Run, StepState } from '#core/run.ts';
import type { ChangeDefinition, Look } from '#engine/define-change.ts';
import { defineStep, stepsOf } from '#engine/define-step.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { RunHandle } from '#engine/run-handle.ts';
import type { WorldTiming } from '#engine/world-timing.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';
import type { PrivateRedis } from '../peers/redis.ts';
import { Process } from './toy-bench.ts';
import { toyEngine, toyJournal, toyTiming } from './toy-engine.ts';

/** Nothing here may be late because the machine is busy: what takes this long in store time is skipped by moving the clock. */
const patience = 20_000;
const timing: WorldTiming = {
  ...toyTiming,
  limits: Object.fromEntries(Object.keys(toyTiming.limits).map(name => [name, patience])) as WorldTiming['limits'],
};

/** What a test lays over one life of the bot; each may throw `process.die()`. */
export interface Meddling {
  append?(process: Process, entries: readonly NewEntry[], write: () => Promise<void>): Promise<void>;
  make?(process: Process, send: () => Promise<void>): Promise<void>;
  /** After each look at the change. */
  looked?(process: Process, look: Look): void;
}

const step = 'only-step';
let runs = 0;

/** A run that makes one real change in a world, and nothing else: real engine, kinds and adapters, on a real Redis. */
export class OneChange {
  readonly #redis: PrivateRedis;
  readonly #world: ChangeWorld;
  readonly #change: Change;
  readonly #target: string;
  readonly #mirror = mkdtempSync(join(tmpdir(), 'ferry-one-change-'));
  readonly #processes: Process[] = [];
  readonly #errors: string[] = [];
  #run = '';

  private constructor(redis: PrivateRedis, world: ChangeWorld, change: Change) {
    this.#redis = redis;
    this.#world = world;
    this.#change = change;
    runs += 1;
    this.#target = `target${runs}`;
  }

  static async propose(redis: PrivateRedis, world: ChangeWorld, change: Change): Promise<OneChange> {
    const one = new OneChange(redis, world, change);
    await one.#propose();
    return one;
  }

  async #propose(): Promise<void> {
    const { journal, close } = await this.#connect();
    const environment = `one${runs}`;
    const key = `${this.#target}/${step}`;
    const node = { key, target: this.#target, step, title: 'Make it', phase: 'prepare', danger: 'safe' } as const;
    const entry = (id: string): NewEntry => ({
      type: 'proposed',
      uid: `crash${runs}`,
      id,
      what: 'upgrade',
      environment,
      targets: [{ name: this.#target, role: 'backend', driver: 'alice' }],
      asker: 'alice',
      because: null,
      release: null,
      room: '!room',
      cause: `$${environment}`,
      nodes: [{ ...node, gate: undefined, after: [] }],
      kinds: Object.fromEntries(Object.values(kinds).map(kind => [kind.kind, kind.version])),
      settings: {},
    });
    const cause = `$${environment}`;
    const proposal = { environment, targets: [this.#target], cause, entries: (id: string) => [entry(id)] };
    const proposed = await journal.propose(proposal);
    close();
    if (!('run' in proposed)) throw new Error('locked');
    this.#run = proposed.run;
  }

  /** One life of the bot: it moves the run until there is nothing to do or it dies. @returns how the step stands then. */
  async live(meddling: Meddling = {}): Promise<StepState> {
    const { append, make, looked } = meddling;
    const { engine, close } = await toyEngine({
      redis: this.#redis.client(),
      mirror: this.#mirror,
      leaseMs: 2 * patience,
      sendWithin: patience,
      procedure: this.#procedure(look => looked?.(process, look)),
      ports: this.#world,
      timing,
      aroundAppend: async (entries, write) => {
        if (process.dead) throw new Error('a dead process appends nothing');
        await (append === undefined ? write() : append(process, entries, write));
      },
      aroundMake: async (_kind, send) => {
        if (process.dead) throw new Error('a dead process sends nothing');
        await (make === undefined ? send() : make(process, send));
      },
      error: text => this.#errors.push(text),
      say: () => {},
    });
    const process: Process = new Process(engine, close);
    this.#processes.push(process);
    await process.move(this.#run);
    const state = (await this.now()).steps[`${this.#target}/${step}`];
    if (!process.dead && this.#errors.length > 0) throw new Error(this.#errors.join('\n'));
    if (state === undefined) throw new Error(`there is no ${step}`);
    return state;
  }

  #procedure(looked: (look: Look) => void): Procedure {
    const definition = kinds[this.#change.kind];
    if (definition === undefined) throw new Error(`there is no kind ${this.#change.kind}`);
    const look: ChangeDefinition['look'] = async (...args) => {
      const seen = await definition.look(...args);
      looked(seen);
      return seen;
    };
    const only = defineStep({ id: step, title: 'Make it', danger: 'safe', plan: () => [this.#change] });
    return { steps: stepsOf([only]), kinds: { ...kinds, [this.#change.kind]: { ...definition, look } } };
  }

  /** Somebody asks for it again. */
  async retry(): Promise<void> {
    const { journal, close } = await this.#connect();
    const handle = await RunHandle.open(this.#run, journal);
    await handle.record(() => [{ type: 'retried', step: `${this.#target}/${step}`, person: 'dan' }]);
    close();
  }

  /** From here on no earlier request can arrive or have an effect, and nobody holds the lease. */
  async everythingIsOver(): Promise<void> {
    await this.#redis.advance(3 * patience);
  }

  /** What was written of the change, in order. */
  async story(): Promise<string[]> {
    const { journal, close } = await this.#connect();
    const entries: readonly Entry[] = await journal.read(this.#run);
    close();
    return entries.flatMap(entry => ('change' in entry ? [entry.type] : []));
  }

  async now(): Promise<Run> {
    const { journal, close } = await this.#connect();
    const { run } = await RunHandle.open(this.#run, journal);
    close();
    return run;
  }

  #connect() {
    return toyJournal(this.#redis.client(), this.#mirror, 2 * patience);
  }

  close(): void {
    for (const process of this.#processes) {
      process.die();
      process.close();
    }
    rmSync(this.#mirror, { recursive: true, force: true });
  }
}
