import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keys } from '#adapters/redis-journal/keys.ts';
import { type DecidePolicy, decide, makeRequest } from '#core/decide.ts';
import type { Entry, NewEntry } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import type { Engine } from '#engine/engine.ts';
import { moveRun } from '#engine/move-run.ts';
import { RunHandle } from '#engine/run-handle.ts';
import type { WorldTiming } from '#engine/world-timing.ts';
import type { PrivateRedis } from '../peers/redis.ts';
import { type ToyProcedure, toyProcedure, toyProposal, toyThings } from '../toy-procedure.ts';
import { ToyWorld } from '../toy-world.ts';
import { people } from './history.ts';
import { leaseMs, type ToyEngineOptions, toyEngine, toyJournal, toyTiming } from './toy-engine.ts';

export { leaseMs } from './toy-engine.ts';

/** A process of the bot: an engine with connections of its own, that can die. */
export class Process {
  readonly engine: Engine;
  readonly #kill = new AbortController();
  readonly #stop = new AbortController();
  readonly #close: () => void;

  constructor(engine: Engine, close: () => void) {
    this.engine = engine;
    this.#close = close;
  }

  /** Moves a run until it waits, the lease is gone, or the process dies. */
  async move(run: string): Promise<void> {
    try {
      await moveRun(this.engine, run, this.#stop.signal, this.#kill.signal);
    } catch (error) {
      if (!this.dead) throw error;
    }
  }

  get dead(): boolean {
    return this.#kill.signal.aborted;
  }

  /** From here on it does nothing more. @returns the error to throw at that place. */
  die(): Error {
    const crash = new Error('crash');
    this.#kill.abort(crash);
    return crash;
  }

  stop(): void {
    this.#stop.abort();
  }

  close(): void {
    this.#close();
  }
}

/** What a test lays over a process: `around…` may throw `process.die()`. */
export interface Sabotage
  extends Partial<
    Pick<ToyEngineOptions, 'policy' | 'estate' | 'renewEvery' | 'sendWithin' | 'procedure' | 'wake' | 'sessions'>
  > {
  /** Around each append; `write` does it. */
  append?(process: Process, entries: readonly NewEntry[], write: () => Promise<void>): Promise<void>;
  /** Around each request that a change makes. */
  make?(process: Process, kind: string, send: () => Promise<void>): Promise<void>;
  timing?: Partial<WorldTiming>;
}

/** A real Redis, a toy world, one run, and people who approve. */
export class ToyBench {
  readonly redis: PrivateRedis;
  readonly world: ToyWorld;
  readonly procedure: ToyProcedure;
  readonly targets: readonly string[];
  /** Texts that were logged as errors. */
  readonly errors: string[] = [];
  readonly saying: string[] = [];
  #run = '';
  readonly #mirror: string;
  readonly #processes: Process[] = [];
  static #environments = 0;

  private constructor(redis: PrivateRedis, targets: readonly string[], world: ToyWorld, mirror: string) {
    this.redis = redis;
    this.targets = targets;
    this.world = world;
    this.procedure = toyProcedure(world);
    this.#mirror = mirror;
  }

  /** A run of its own on a shared Redis, asked for by alice. */
  static async propose(redis: PrivateRedis, targets: readonly string[] = ['pot']): Promise<ToyBench> {
    const [bench] = await ToyBench.proposeBeside(redis, [targets]);
    if (bench === undefined) throw new Error('nothing was proposed');
    return bench;
  }

  /** Runs of one environment and one world, each of its own targets. */
  static async proposeBeside(redis: PrivateRedis, runs: readonly (readonly string[])[]): Promise<ToyBench[]> {
    const world = new ToyWorld(toyThings(runs.flat()));
    const mirror = mkdtempSync(join(tmpdir(), 'ferry-toy-'));
    const number = ++ToyBench.#environments;
    // A run that another test left unfinished holds its targets.
    await redis.client().del(keys.locks);
    const benches = runs.map(targets => new ToyBench(redis, targets, world, mirror));
    for (const [index, bench] of benches.entries()) await bench.#propose(`toys${number}`, `u${number}i${index}`);
    return benches;
  }

  async #propose(environment: string, uid: string): Promise<void> {
    const { targets, procedure } = this;
    const { journal, close } = await this.#connect();
    const cause = `$${uid}`;
    const proposed = await journal.propose({
      environment,
      targets,
      cause,
      entries: id => [{ ...toyProposal(procedure, { id, environment, targets, uid, cause }) }],
    });
    if (!('run' in proposed)) throw new Error('locked');
    this.#run = proposed.run;
    close();
  }

  get run(): string {
    return this.#run;
  }

  /** Where the journal's mirror is. */
  get mirror(): string {
    return this.#mirror;
  }

  #connect() {
    return toyJournal(this.redis.client(), this.#mirror);
  }

  /** A process that starts now. */
  async process(sabotage: Sabotage = {}): Promise<Process> {
    const { append, make, timing, ...rest } = sabotage;
    const { engine, close } = await toyEngine({
      redis: this.redis.client(),
      mirror: this.#mirror,
      procedure: this.procedure,
      ...rest,
      timing: { ...toyTiming, ...timing },
      aroundAppend: async (entries, write) => {
        if (process.dead) throw new Error('a dead process appends nothing');
        await (append === undefined ? write() : append(process, entries, write));
      },
      aroundMake: (kind, send) => (make === undefined ? send() : make(process, kind, send)),
      error: text => this.errors.push(text),
      say: text => this.saying.push(text),
    });
    const process: Process = new Process(engine, close);
    this.#processes.push(process);
    return process;
  }

  async entries(): Promise<readonly Entry[]> {
    const { journal, close } = await this.#connect();
    try {
      return await journal.read(this.#run);
    } finally {
      close();
    }
  }

  /** Types of the entries, with the step or change they are about. */
  async story(): Promise<string[]> {
    return (await this.entries()).map(entry => {
      if ('step' in entry) return `${entry.type} ${entry.step}`;
      if ('change' in entry) return `${entry.type} ${entry.change}`;
      return entry.type;
    });
  }

  /** The run as the journal has it now. */
  async now(): Promise<Run> {
    const { journal, close } = await this.#connect();
    try {
      return (await RunHandle.open(this.#run, journal)).run;
    } finally {
      close();
    }
  }

  /** Somebody appends what follows from the run. */
  async says(judge: (run: Run, now: number) => readonly NewEntry[]): Promise<void> {
    const { journal, clock, close } = await this.#connect();
    try {
      const handle = await RunHandle.open(this.#run, journal);
      await handle.record(run => judge(run, clock.now()));
    } finally {
      close();
    }
  }

  /** People do what the run waits for: bob approves, alice starts, carol asks again; told to, dan retries. @returns whether there was anything to do. */
  async people(retry: boolean, policy: DecidePolicy = people): Promise<boolean> {
    let acted = false;
    await this.says((run, now) => {
      const entries = decide(run, policy, now).waiting.flatMap((one): NewEntry[] => {
        if (one.for === 'approval') return approval(run, one.request, 'bob');
        if (one.for === 'start') return [{ type: 'started', person: 'alice' }];
        if (one.for === 'ask') return [makeRequest(run, one.gates, run.requests.length + 1, [], policy, now)];
        if (one.for === 'halt' && retry) return [{ type: 'retried', step: one.step, person: 'dan' }];
        return [];
      });
      acted = entries.length > 0;
      return entries;
    });
    return acted;
  }

  /** Moves the run, people doing their part, until it ends, the process dies, or it waits for what nobody does here. */
  async play(
    process: Process,
    { until = () => false, retry = false }: { until?: (run: Run) => boolean; retry?: boolean } = {},
  ): Promise<Run> {
    for (;;) {
      await process.move(this.#run);
      const run = await this.now();
      if (process.dead || run.ended !== undefined || until(run) || !(await this.people(retry))) return run;
    }
  }

  /** Until the next thing to do is `!start`. */
  async playUntilStart(process: Process): Promise<Run> {
    const waitsForStart = (run: Run) => decide(run, people, run.lastAt).waiting.some(one => one.for === 'start');
    return this.play(process, { until: waitsForStart });
  }

  /** Another process would find the dead one's lease run out. */
  async leaseRunsOut(): Promise<void> {
    await this.redis.advance(leaseMs + 1);
  }

  close(): void {
    for (const process of this.#processes) {
      process.die();
      process.close();
    }
    rmSync(this.#mirror, { recursive: true, force: true });
  }
}

/** A person's approval of all that a request asks for. */
export function approval(run: Run, request: string, person: string): NewEntry[] {
  const asked = run.requests.find(one => one.request === request);
  return (asked?.gates ?? []).map(({ gate, hash }) => ({
    type: 'approved',
    request,
    gate,
    hash,
    person,
    account: `@${person}:room`,
    reaction: `$${person}`,
  }));
}
