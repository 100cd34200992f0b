import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { keys } from '#adapters/redis-journal/keys.ts';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import { type OpenStore, openStore } from '#cli/open-store.ts';
import { decide } from '#core/decide.ts';
import type { Entry } from '#core/entries.ts';
import { gatesOf } from '#core/gates.ts';
import type { RequestState, Run } from '#core/run.ts';
import { windowUntil } from '#core/settle-window.ts';
import type { Steps } from '#engine/define-step.ts';
import { readConfig } from '#estate/config.ts';
import { readEstate } from '#estate/read-estate.ts';
import type { Estate } from '#estate/schema.ts';
import { InventoryRepo } from '#sim/git/inventory-repo.ts';
import { type Simulator, startSimulator } from '#sim/simulator.ts';
import type { FaultKind, FaultMatch } from '#sim/state.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { messagesIn, type ShownMessage, Speaker } from '#test/builders/room-people.ts';
import { type App, openApp } from '../../src/app.ts';
import type { ApprovedAt } from './effects.ts';
import type { World } from './landed.ts';
import { makePatient } from './patient-estate.ts';
import { withHalts } from './with-halts.ts';

/** How long anything may take before a flight gives up, ms. */
const patience = 250_000;

/** Of `world.json`, what people need. */
interface Places {
  readonly homeserver: string;
  readonly rooms: Readonly<Record<string, string>>;
  readonly people: Readonly<Record<string, { readonly userId: string; readonly accessToken: string }>>;
}

interface Bot {
  readonly app: App;
  stop(): Promise<void>;
}

/**
 * Whole runs on the simulator: the outside world, a store, one or more bots, and people in the room, all in this process.
 * People act through the homeserver; the journal is only read, to know when to act.
 */
export class Flight {
  readonly simulator: Simulator;
  readonly dir: string;
  readonly #store: OpenStore;
  readonly #bots: Bot[] = [];
  readonly #world: Places;
  #estate: Estate | undefined;
  readonly #answered = new Set<string>();
  /** What people approved here, and when. */
  readonly approved: ApprovedAt[] = [];
  /** Warnings and errors of the bots. */
  readonly logged: string[] = [];
  /** Steps (`target/step`) whose check doesn't pass: they make their changes and halt. */
  readonly halting = new Set<string>();

  private constructor(simulator: Simulator, dir: string, store: OpenStore) {
    this.simulator = simulator;
    this.dir = dir;
    this.#store = store;
    this.#world = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8')) as Places;
  }

  /**
   * @param reply how long an answer may take, ms. @param bots how many processes' worth of bots share the store.
   * @param estate changes the estate's text before a bot reads it.
   */
  static async start({
    reply = 5_000,
    bots = 1,
    estate = (text: string) => text,
  }: {
    readonly reply?: number;
    readonly bots?: number;
    readonly estate?: (text: string) => string;
  } = {}) {
    const dir = mkdtempSync(join(tmpdir(), 'ferry-flight-'));
    const simulator = await startSimulator({ dir, speed: 'max', saves: 'at-stop' });
    const file = join(dir, 'estate.yaml');
    writeFileSync(file, estate(readFileSync(file, 'utf8')));
    const store = await openStore({
      redisUrl: undefined,
      state: join(dir, 'state'),
      path: process.env.PATH ?? '',
      starts: true,
      clockOffset: keys.timeOffset,
      onError: () => undefined,
    });
    const flight = new Flight(simulator, dir, store);
    for (let bot = 0; bot < bots; bot++) await flight.startBot(reply);
    return flight;
  }

  /** A bot with chat and worker, as `ferry start` has it. */
  async startBot(reply = 5_000): Promise<void> {
    const config = readConfig({ envFile: join(this.dir, 'ferry.env'), environment: {} });
    await makePatient(config.estateFile, reply);
    const estate = await readEstate(config.estateFile);
    this.#estate = estate;
    const say = (level: string) => (what: unknown, text?: unknown) => {
      this.logged.push(`${level} ${text} ${JSON.stringify(what)}`);
    };
    const log = { debug() {}, info() {}, warn: say('warn'), error: say('error') };
    const app = await openApp(estate, config, this.#store, log as never, true);
    const { procedure } = app.engine as { procedure: { steps: Steps } };
    procedure.steps = withHalts(procedure.steps, this.halting);
    const stopping = new AbortController();
    const parts = Promise.all([app.work(stopping.signal), app.chat(stopping.signal)]);
    await app.listening(stopping.signal);
    this.#bots.push({
      app,
      stop: async () => {
        stopping.abort();
        await parts;
        await app.close();
      },
    });
  }

  /** Somebody commits to the inventory, past the bot. */
  commits(author: string, message: string, files: Readonly<Record<string, string>>): void {
    const repo = InventoryRepo.open(this.simulator.kernel, { dir: this.dir });
    repo.commitAs(author, message, files);
  }

  /** All that the store has is gone, with the bots on it. */
  async wipesStore(): Promise<void> {
    await this.#store.redis.flushall();
  }

  /** As `ferry journal restore` does. */
  async restoresStore(): Promise<void> {
    await restoreStore(this.#store);
  }

  /** Store time goes on by so many ms. */
  async advance(ms: number): Promise<void> {
    await this.#store.redis.incrby(keys.timeOffset, ms);
  }

  async stopBots(): Promise<void> {
    for (const bot of this.#bots.splice(0)) await bot.stop();
  }

  async stop(): Promise<void> {
    await this.stopBots();
    await this.#store.close();
    await this.simulator.stop();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  get estate(): Estate {
    if (this.#estate === undefined) throw new Error('no bot was there yet');
    return this.#estate;
  }

  get app(): App {
    const [bot] = this.#bots;
    if (bot === undefined) throw new Error('no bot is there');
    return bot.app;
  }

  /** The world as `GET /_sim/world` shows it now; a copy. */
  world(): World {
    return structuredClone(this.simulator.world()) as World;
  }

  /** Changes of the outside world from a sequence number on. */
  effects(since = 0) {
    return this.simulator.kernel.effects.filter(effect => effect.seq > since);
  }

  /** The sequence number of the last effect or call. */
  get seq(): number {
    const { effects, calls } = this.simulator.kernel;
    return Math.max(effects.at(-1)?.seq ?? 0, calls.at(-1)?.seq ?? 0);
  }

  breaks(match: FaultMatch, kind: FaultKind, times = 1): number {
    return this.simulator.kernel.addFault(match, kind, times);
  }

  mends(fault: number): void {
    this.simulator.kernel.removeFault(fault);
  }

  room(name: 'work' | 'fedora-buildsys'): string {
    const room = this.#world.rooms[name];
    if (room === undefined) throw new Error(`there is no room ${name}`);
    return room;
  }

  person(name: string): Speaker {
    const account = this.#world.people[name];
    if (account === undefined) throw new Error(`nobody is called ${name}`);
    return new Speaker(this.room('work'), new MatrixPerson(this.#world.homeserver, account));
  }

  /** What the bot said in a room, oldest first, after edits. */
  async said(room: 'work' | 'fedora-buildsys' = 'work'): Promise<ShownMessage[]> {
    const messages = await messagesIn(this.person('carol').account, this.room(room));
    return messages.filter(message => message.sender === '@ferry:sim');
  }

  /** Waits until the bot has said something like it; the newest such message. */
  shows(what: RegExp, room: 'work' | 'fedora-buildsys' = 'work'): Promise<ShownMessage> {
    return this.until(`${what} in ${room}`, async () => (await this.said(room)).findLast(one => what.test(one.text)));
  }

  async run(id: string): Promise<Run> {
    const run = await this.app.runs.get(id);
    if (run === undefined) throw new Error(`there is no run ${id}`);
    return run;
  }

  entries(id: string): Promise<readonly Entry[]> {
    return this.app.runs.entries(id);
  }

  /** Somebody says a command that proposes a run; its id. */
  async proposes(who: string, command: string): Promise<string> {
    const cause = await this.person(who).says(command);
    return this.until(`a run of ${command}`, async () => {
      const runs = await this.app.runs.list();
      return runs.find(run => run.causes.has(cause))?.id;
    });
  }

  /** Approves whatever is asked for, starts the outage and ends the settle window, as people would, until something is so. @throws Error at a halt that isn't awaited. */
  async flies(
    id: string,
    until: (run: Run) => unknown = run => run.ended,
    options: {
      readonly approver?: string;
      readonly starts?: boolean;
      readonly halts?: boolean;
      readonly settles?: boolean;
    } = {},
  ): Promise<Run> {
    const { approver = 'bob', starts = true, halts = false, settles = true } = options;
    let started = false;
    let settled = false;
    return this.until(`${id}: ${until}`, async () => {
      const run = await this.run(id);
      if (until(run)) return run;
      const halted = Object.values(run.steps).find(
        ({ node, status }) => status === 'halted' && !this.halting.has(node.key),
      );
      if (halted !== undefined && !halts) throw new Stuck(`${id} halted: ${halted.node.key}: ${halted.halt?.sentence}`);
      for (const request of run.requests) await this.#answers(run, request, approver);
      if (starts && !started && this.waitsForStart(run)) {
        started = true;
        await this.begins(id);
      }
      if (settles && !settled && windowUntil(run, this.app.engine.clock.now()) !== undefined) {
        settled = true;
        await this.person('alice').says(`!settle ${id}`);
      }
      return undefined;
    });
  }

  async #answers(run: Run, request: RequestState, approver: string): Promise<void> {
    const posted = run.posted[`request/${request.request}`];
    const name = `${run.id} ${request.request}`;
    if (request.status !== 'open' || posted === undefined || this.#answered.has(name)) return;
    this.#answered.add(name);
    const targets = run.targets.map(one => one.name);
    this.approved.push({ run: run.id, targets, gates: gatesOf(request), seq: this.seq });
    await this.person(approver).reacts('✅', { id: posted.event });
  }

  /** alice says `!start`; again where the machine was too busy for who answered to be read in time. */
  async begins(id: string): Promise<void> {
    for (;;) {
      const before = (await this.said()).length;
      await this.person('alice').says(`!start ${id}`);
      const answer = await this.until(`an answer to !start ${id}`, async () => {
        if ((await this.run(id)).started !== undefined) return 'started';
        const said = (await this.said()).slice(before);
        return said.findLast(one => one.card.kind === 'answer' || one.card.kind === 'refusal')?.text;
      });
      if (!answer.includes('takes too long')) return;
    }
  }

  waitsForStart(run: Run): boolean {
    const { engine } = this.app;
    return decide(run, engine.policy(run.environment), engine.clock.now()).waiting.some(one => one.for === 'start');
  }

  /** What a person would look at first: what is under way, and the last words of the log. */
  async #story(): Promise<string> {
    const open = await this.#bots[0]?.app.runs.list({ open: true });
    const lines = (open ?? []).flatMap(run => {
      const { waiting } = decide(run, this.app.engine.policy(run.environment), this.app.engine.clock.now());
      const steps = Object.values(run.steps).filter(step => !['waiting', 'done', 'dropped'].includes(step.status));
      const requests = run.requests.map(one => `${one.request} ${one.status} ${one.gates.map(gate => gate.gate)}`);
      return [
        `${run.id} ${JSON.stringify(waiting)} ${requests.join('; ')}`,
        ...steps.map(({ node, status, halt }) => `  ${node.key} ${status} ${halt?.sentence ?? ''}`),
      ];
    });
    return [...lines, ...this.logged.slice(-10)].join('\n');
  }

  /** Waits for a condition. @throws Error naming it, with what the bot logged, when it doesn't come. */
  async until<T>(what: string, found: () => Promise<T | undefined>): Promise<T> {
    let result: T | undefined;
    let stuck: Stuck | undefined;
    const waited = vi.waitFor(
      async () => {
        try {
          result = await found();
        } catch (error) {
          if (!(error instanceof Stuck)) throw error;
          stuck = error;
          return;
        }
        if (result === undefined) throw new Error('not yet');
      },
      { timeout: patience, interval: 25 },
    );
    await waited.catch(async error => {
      throw new Error(`waited in vain for ${what}\n${await this.#story()}`, { cause: error });
    });
    if (stuck !== undefined) throw stuck;
    return result as T;
  }
}

/** Nothing is left to wait for. */
class Stuck extends Error {}
