import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { redisClock, StoreClock } from '#adapters/redis-journal/redis-clock.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import { Answers } from '#chat/answers.ts';
import { ChatBot } from '#chat/chat-bot.ts';
import type { ChatEstate } from '#chat/chat-estate.ts';
import { policyOf, spokenRooms } from '#chat/chat-estate.ts';
import type { LastLines, Parts } from '#chat/define-command.ts';
import { Impaired } from '#chat/impaired.ts';
import type { Lane } from '#chat/lanes.ts';
import { Outbox } from '#chat/outbox.ts';
import { Publisher } from '#chat/publisher.ts';
import { Rooms } from '#chat/rooms.ts';
import { StoreWatch } from '#chat/store-watch.ts';
import { RequestWatch } from '#chat/watch-requests.ts';
import { commands } from '#commands/index.ts';
import { fold } from '#core/fold.ts';
import type { Run } from '#core/run.ts';
import type { Engine } from '#engine/engine.ts';
import { moveRun } from '#engine/move-run.ts';
import { RecordWatch } from '#engine/record-watch.ts';
import { type Proposer, Runs } from '#engine/runs.ts';
import { sweep } from '#engine/sweep.ts';
import { volatileProgress } from '#engine/volatile-progress.ts';
import type { Wake } from '#ports/journal.ts';
import { chatEstate, environment, toyOutlook } from '#test/builders/chat-estate.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { messagesIn, type ShownMessage, Speaker } from '#test/builders/room-people.ts';
import { simHomeserver, type TestHomeserver } from '#test/builders/sim-homeserver.ts';
import { keptInMemory } from '#test/fakes/kept-in-memory.ts';
import { PrivateRedis } from '#test/peers/redis.ts';
import { toyProcedure, toyThings } from '#test/toy-procedure.ts';
import { ToyWorld } from '#test/toy-world.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * A room with people in it, a bot with the real adapter, engine and journal, and a toy world to upgrade. Reads like a
 * conversation: `alice.says(…)`, `bob.reacts(…)`, `room.shows(…)`.
 */
export class Conversation {
  readonly homeserver: TestHomeserver;
  readonly redis: PrivateRedis;
  readonly world: ToyWorld;
  readonly estate: ChatEstate;
  readonly work: string;
  readonly tell: string;
  readonly #dir: string;
  #bots: { stop: () => Promise<void>; runs: Runs }[] = [];
  #position: string | undefined;
  readonly logged: string[] = [];
  readonly kept = keptInMemory();
  /** What hosts say; a test may give another. */
  lastLines: LastLines = { read: () => Promise.resolve([]), known: () => undefined };

  private constructor(homeserver: TestHomeserver, redis: PrivateRedis, change: (estate: ChatEstate) => ChatEstate) {
    this.homeserver = homeserver;
    this.redis = redis;
    const { rooms } = homeserver.server.world();
    this.work = String(rooms.work);
    this.tell = String(rooms['fedora-buildsys']);
    const estate = chatEstate();
    const at = { work: this.work, tell: [this.tell] };
    const fast = { editOutage: 100, editPrepare: 100 };
    this.estate = change({
      ...estate,
      environments: { dev: environment('dev', at), prod: environment('prod', at) },
      timing: { ...estate.timing, ...fast },
    });
    this.world = new ToyWorld(toyThings(Object.keys(this.estate.targets)));
    this.#dir = mkdtempSync(join(tmpdir(), 'ferry-room-'));
  }

  /** @param on another homeserver than the simulator's, with the same rooms and people. */
  #commandWithin = 0;

  static async start(
    change: (estate: ChatEstate) => ChatEstate = estate => estate,
    on: Promise<TestHomeserver> = simHomeserver(),
    // Long enough for a busy machine: what is about being late says so.
    { commandWithin = 20_000 }: { readonly commandWithin?: number } = {},
  ): Promise<Conversation> {
    const [homeserver, redis] = await Promise.all([on, PrivateRedis.start()]);
    const conversation = new Conversation(homeserver, redis, change);
    conversation.#commandWithin = commandWithin;
    await conversation.startBot();
    return conversation;
  }

  /** Bot and worker, as one process would have them. */
  async startBot(): Promise<void> {
    const stopping = new AbortController();
    const client = this.redis.client();
    const clock = new StoreClock(keys.timeOffset);
    const journal = redisJournal({ redis: client, clock, mirror: fileMirror(this.mirrorDir), key: testKey });
    await journal.runs();
    const bot = this.homeserver.server.world().bot;
    const chat = matrixChat({
      homeserver: this.homeserver.server.url,
      accessToken: bot.accessToken,
      userId: bot.userId,
      storage: {
        get: () => Promise.resolve(this.#position),
        set: token => {
          this.#position = token;
          return Promise.resolve();
        },
      },
      pollMs: 1_000,
      now: () => clock.now(),
    });
    const procedure = this.#procedure();
    const progress = volatileProgress();
    const moving = new Map<string, Promise<void>>();
    const wake: Wake = {
      wake: run => {
        const before = moving.get(run) ?? Promise.resolve();
        const next = before.then(() => moveRun(engine, run, stopping.signal)).catch(error => this.#log(error));
        moving.set(run, next);
        return Promise.resolve();
      },
      work: () => Promise.resolve(),
      due: () => journal.due(),
    };
    const log = { ...quiet, warn: this.#log.bind(this), error: this.#log.bind(this) };
    const engine: Engine = {
      journal,
      leases: journal,
      wake,
      clock,
      readers: {} as Engine['readers'],
      writers: {} as Engine['writers'],
      sessions: { close: async () => {} },
      procedure,
      progress,
      log,
      policy: name => policyOf(this.estate, name),
      timing: {
        poll: 20,
        reply: 200,
        backoff: 20,
        doubt: 40,
        attempts: 3,
        limits: new Proxy({}, { get: () => 5_000 }) as never,
      },
      renewEvery: 500,
      sendWithin: 1_000,
    };
    const proposer: Proposer = {
      prepare: request => ({
        nodes: procedure.nodes(request.targets),
        settings: {},
        kinds: Object.fromEntries(Object.values(procedure.kinds).map(kind => [kind.kind, kind.version])),
        targets: request.targets.map(name => ({
          name,
          role: this.estate.targets[name]?.role ?? 'backend',
          driver: request.asker,
        })),
      }),
    };
    const runs = new Runs({ journal, wake, clock, proposer });
    const drawing = () => ({ estate: this.estate, procedure, outlook: toyOutlook });
    const outbox = new Outbox(chat, clock);
    const lane = (name: Lane) => outbox.lane(name);
    const answers = new Answers({ kept: this.kept, lane, clock, log });
    const open = () => runs.list({ open: true });
    const estate = () => this.estate;
    const impaired = new Impaired({ chat: lane('first'), estate, open, kept: this.kept, clock, log });
    const watch = new RequestWatch({
      runs,
      reader: chat,
      estate,
      clock,
      log,
      impaired,
      commandWithin: this.#commandWithin,
    });
    const publisher = new Publisher({
      runs,
      lane,
      topic: room => chat.topic(room),
      cameIn: room => chat.cameIn(room),
      mailer: undefined,
      mailDomain: 'test',
      progress,
      clock,
      log,
      drawing,
      asked: id => void watch.look(id),
    });
    const parts = (): Parts => ({
      runs,
      estate: this.estate,
      drawing: drawing(),
      procedure,
      clock,
      progress,
      fresh: watch,
      record: new RecordWatch(journal),
      proposer,
      lastLines: this.lastLines,
      commands,
      link: (room, event) => chat.link(room, event),
    });
    const names = () => [...new Set(Object.values(this.estate.environments).flatMap(spokenRooms))];
    const rooms = new Rooms({ chat, names, know: () => {}, kept: this.kept, impaired, clock, log });
    const mirrored = async () => (await journal.mirrored()).map(fold);
    const probe = async () => void (await client.set('ferry:writable', '1'));
    const timing = { every: 100, answers: 2_000, lasts: 300 };
    const storeWatch = (speaksFor: () => number | undefined) =>
      new StoreWatch({ chat, estate, open, mirrored, probe, speaksFor, clock, log, timing });
    const chatBot = new ChatBot({
      chat,
      storeWatch,
      outbox,
      answers,
      rooms,
      impaired,
      leases: journal,
      onAppend: listener => journal.onAppend(listener),
      publisher,
      watch,
      parts,
      names: ['ferry'],
      log,
      renewEvery: 500,
      tickEvery: 100,
    });
    const running = Promise.all([chatBot.run(stopping.signal), sweep(clock, wake, 100, stopping.signal)]);
    if (this.#position === undefined) await vi.waitFor(() => expect(this.#position).toBeDefined(), { timeout: 10_000 });
    this.#bots.push({
      runs,
      stop: async () => {
        stopping.abort();
        await running;
        await Promise.all(moving.values());
        journal.close();
      },
    });
  }

  /** Where the journals' mirror is. */
  get mirrorDir(): string {
    return join(this.#dir, 'mirror');
  }

  /** What `ferry journal restore` does. */
  async restore(): Promise<void> {
    const redis = this.redis.client();
    const clock = await redisClock(redis, keys.timeOffset);
    await restoreStore({ redis, clock, mirror: fileMirror(this.mirrorDir), key: testKey });
  }

  /** The store of sync positions forgets. */
  losePosition(): void {
    this.#position = undefined;
  }

  /** The bot goes away; what is said meanwhile it finds when it comes back. */
  async stopBot(): Promise<void> {
    await Promise.all(this.#bots.map(bot => bot.stop()));
    this.#bots = [];
  }

  async stop(): Promise<void> {
    await this.stopBot();
    await this.homeserver.stop();
    await this.redis.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #log(...what: unknown[]): void {
    this.logged.push(JSON.stringify(what));
  }

  /** The toy procedure; its announcement goes to the tell room. */
  #procedure() {
    const procedure = toyProcedure(this.world);
    const announce = procedure.steps['announce-outage'];
    if (announce === undefined) throw new Error('the toy procedure announces nothing');
    const tell = () => [
      { item: 'begins/tell', channel: 'tell' as const, to: [this.tell], subject: 'begins', text: 'Toys are away.' },
      { item: 'begins/topic', channel: 'topic' as const, to: [this.tell], subject: '', text: 'OUTAGE NOW' },
    ];
    return { ...procedure, steps: { ...procedure.steps, 'announce-outage': { ...announce, tell } } };
  }

  get runs(): Runs {
    const [bot] = this.#bots;
    if (bot === undefined) throw new Error('the bot is away');
    return bot.runs;
  }

  async run(id: string): Promise<Run> {
    const run = await this.runs.get(id);
    if (run === undefined) throw new Error(`no run ${id}`);
    return run;
  }

  person(name: string): Speaker {
    const { people, bot } = this.homeserver.server.world();
    const account = name === 'ferry' ? bot : people[name];
    if (account === undefined) throw new Error(`nobody is called ${name}`);
    return new Speaker(this.work, new MatrixPerson(this.homeserver.server.url, account));
  }

  /** All messages of a room, oldest first, after edits. */
  async messages(room = this.work): Promise<ShownMessage[]> {
    return messagesIn(this.person('alice').account, room);
  }

  /** What the bot said. */
  async said(room = this.work): Promise<ShownMessage[]> {
    return (await this.messages(room)).filter(message => message.sender === this.homeserver.server.world().bot.userId);
  }

  /** Waits until the bot has said something like it; the newest such message. */
  async shows(what: RegExp, room = this.work): Promise<ShownMessage> {
    let found: ShownMessage | undefined;
    await vi.waitFor(
      async () => {
        const all = await this.said(room);
        found = all.findLast(message => what.test(message.text));
        if (found === undefined)
          throw new Error(
            `not shown: ${what}\n\n${all.map(one => one.text).join('\n--\n')}\n${this.logged.join('\n')}`,
          );
      },
      { timeout: 15_000, interval: 30 },
    );
    return found!;
  }

  /** Waits until the newest open request of a run stands in the room. */
  async request(gate: string): Promise<ShownMessage> {
    return this.shows(new RegExp(`Approve [A-Z, ]*${gate}[A-Z, ]* of [a-z0-9-]+\\?`));
  }
}
