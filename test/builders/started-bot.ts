import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parseDocument } from 'yaml';
import { claimNote } from '#adapters/redis-journal/claim-note.ts';
import { type OpenStore, openStore } from '#cli/open-store.ts';
import type { Run } from '#core/run.ts';
import { readConfig } from '#estate/config.ts';
import { readEstate } from '#estate/read-estate.ts';
import { toyOutlook } from '#test/builders/chat-estate.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { messagesIn, type ShownMessage } from '#test/builders/room-people.ts';
import { simHomeserver, type TestHomeserver } from '#test/builders/sim-homeserver.ts';
import { startedEstate } from '#test/builders/started-estate.ts';
import { toyProcedure, toyThings } from '#test/toy-procedure.ts';
import { ToyWorld } from '#test/toy-world.ts';
import { type App, openApp } from '../../src/app.ts';

const patience = { timeout: 25_000, interval: 25 };

/**
 * `ferry start` put together as in production on an estate's file, with a store and a homeserver of its own; only what it
 * moves is a toy. Environments: dev works in #copr-work, prod in #copr-prod, both tell #fedora-buildsys.
 */
export class StartedBot {
  readonly homeserver: TestHomeserver;
  readonly dir: string;
  readonly logged: string[] = [];
  readonly world = new ToyWorld(toyThings(['copr-be-dev', 'copr-keygen-dev']));
  readonly #redisUrl: string | undefined;
  #store: OpenStore | undefined;
  #app: App | undefined;
  #ending = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #proposed = 0;

  private constructor(homeserver: TestHomeserver, redisUrl?: string) {
    this.homeserver = homeserver;
    this.#redisUrl = redisUrl;
    this.dir = mkdtempSync(join(tmpdir(), 'ferry-started-'));
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(this.dir, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(join(this.dir, 'key.pub'), 'ssh-ed25519 AAAA ferry\n');
    const token = homeserver.server.world().bot.accessToken;
    this.writeEnvironment(token);
    writeFileSync(join(this.dir, 'estate.yaml'), startedEstate(homeserver.server.url, this));
  }

  /**
   * The world is there, nothing is started.
   *
   * @param invited whether the bot is only invited to prod's work room. @param redisUrl of the store, where it isn't embedded.
   * @param on another homeserver than the simulator's, with the same rooms and people.
   */
  static async prepare({
    invited = false,
    redisUrl,
    on = simHomeserver(),
  }: {
    readonly invited?: boolean;
    readonly redisUrl?: string;
    readonly on?: Promise<TestHomeserver>;
  } = {}): Promise<StartedBot> {
    const bot = new StartedBot(await on, redisUrl);
    const alice = bot.person('alice');
    const invite = [bot.account('ferry'), bot.account('bob')];
    const prod = await alice.createRoom({ room_alias_name: 'copr-prod', preset: 'private_chat', invite });
    const levels = await alice.state(prod, 'm.room.power_levels');
    const users = { ...(levels.users as object), [bot.account('ferry')]: 50 };
    await alice.setState(prod, 'm.room.power_levels', { ...levels, users });
    await bot.person('bob').joins(bot.alias('copr-prod'));
    if (!invited) await bot.person('ferry').joins(bot.alias('copr-prod'));
    return bot;
  }

  alias(name: string): string {
    return `#${name}:${this.#domain}`;
  }

  account(name: string): string {
    return `@${name}:${this.#domain}`;
  }

  get #domain(): string {
    const { userId } = this.homeserver.server.world().bot;
    return userId.slice(userId.indexOf(':') + 1);
  }

  /** One with a store of its own, on the same homeserver and account. */
  async another(): Promise<StartedBot> {
    return new StartedBot({ ...this.homeserver, stop: async () => undefined });
  }

  writeEnvironment(token: string): void {
    const lines = {
      FERRY_ESTATE: join(this.dir, 'estate.yaml'),
      FERRY_STATE: join(this.dir, 'state'),
      MATRIX_ACCESS_TOKEN: token,
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nothing',
      FERRY_SSH_KEY_FILE: join(this.dir, 'key'),
      ...(this.#redisUrl !== undefined && { REDIS_URL: this.#redisUrl }),
    };
    const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(this.dir, 'ferry.env'), text.join(''), { mode: 0o600 });
  }

  /** Changes the estate's file; a bot that runs follows it. */
  changeEstate(path: readonly string[], value: unknown): void {
    const file = join(this.dir, 'estate.yaml');
    const document = parseDocument(readFileSync(file, 'utf8'));
    document.setIn(path, value);
    writeFileSync(file, document.toString());
  }

  /** Resolves when it is ready, as the process says so. @param before whether its store had the account before. @param take `--take-account`. @param older `--older-record`. */
  async start({ before = true, take = false, older = false } = {}): Promise<'heard' | 'away'> {
    const config = readConfig({ envFile: join(this.dir, 'ferry.env'), environment: {} });
    this.#store ??= await openStore({
      redisUrl: config.redisUrl?.reveal(),
      state: config.stateDir,
      path: process.env.PATH ?? '',
      starts: true,
      onError: () => undefined,
    });
    // As one that had the account before, unless it is about that.
    if (before) await claimNote(this.#store.redis, this.#store.key, this.#store.id).set(true);
    const say = (level: string) => (what: unknown, text?: unknown) => {
      this.logged.push(`${level} ${text} ${JSON.stringify(what)}`);
    };
    const log = { debug() {}, info() {}, warn: say('warn'), error: say('error') };
    const procedure = toyProcedure(this.world);
    const app = await openApp(
      await readEstate(config.estateFile),
      config,
      this.#store,
      log,
      true,
      {
        procedure,
        proposer: {
          prepare: ({ targets, asker }) => ({
            nodes: procedure.nodes(targets),
            settings: {},
            kinds: Object.fromEntries(Object.values(procedure.kinds).map(kind => [kind.kind, kind.version])),
            targets: targets.map(name => ({ name, role: 'backend' as const, driver: asker })),
          }),
        },
        outlook: toyOutlook,
      },
      { takesAccount: take, olderRecord: older },
    );
    this.#app = app;
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.#running = Promise.all(
      [app.work(signal), app.chat(signal)].map(part => part.finally(() => this.#ending.abort())),
    );
    this.#running.catch(() => undefined);
    return app.listening(signal);
  }

  get app(): App {
    if (this.#app === undefined) throw new Error('the bot is away');
    return this.#app;
  }

  get store(): OpenStore {
    if (this.#store === undefined) throw new Error('the bot was never started');
    return this.#store;
  }

  /** What it ended with by itself. */
  async ends(): Promise<unknown> {
    return this.#running.then(
      () => undefined,
      error => error,
    );
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running.catch(() => undefined);
    await this.#app?.close();
    this.#app = undefined;
  }

  /** Ends, and forgets which store it was on. */
  async leave(): Promise<void> {
    await this.stop();
    await this.#store?.close();
    this.#store = undefined;
  }

  async end(): Promise<void> {
    await this.leave();
    await this.homeserver.stop();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A run that somebody proposed; by the journal, since nobody may be heard. */
  async proposes(target = 'copr-be-dev'): Promise<string> {
    this.#proposed += 1;
    const proposed = await this.app.runs.propose(
      {
        what: 'upgrade',
        environment: 'dev',
        targets: [target],
        asker: 'alice',
        because: null,
        release: null,
        room: '!none:sim',
      },
      `$test-${this.#proposed}`,
    );
    if (!('run' in proposed)) throw new Error(`${target} is locked by ${proposed.lockedBy}`);
    return proposed.run;
  }

  /** Waits until the run was moved as far as it goes without people: its prepared parts are made. */
  async moves(id: string): Promise<Run> {
    let run: Run | undefined;
    await vi.waitFor(async () => {
      run = await this.app.runs.get(id);
      const made = Object.values(run?.steps ?? {}).filter(step => step.node.step === 'make-new');
      if (made.length === 0 || made.some(step => step.status !== 'done')) throw new Error(`${id} stands still`);
    }, patience);
    return run as Run;
  }

  person(name: string): MatrixPerson {
    const { people, bot } = this.homeserver.server.world();
    const account = name === 'ferry' ? bot : people[name];
    if (account === undefined) throw new Error(`nobody is called ${name}`);
    return new MatrixPerson(this.homeserver.server.url, account);
  }

  async room(alias: string): Promise<string> {
    const found = await this.person('alice').call('GET', `client/v3/directory/room/${encodeURIComponent(alias)}`);
    return String(found.room_id);
  }

  async said(alias: string): Promise<ShownMessage[]> {
    const messages = await messagesIn(this.person('alice'), await this.room(alias));
    return messages.filter(message => message.sender === this.account('ferry'));
  }

  /** Waits until the bot said something like it in a room. */
  async shows(what: RegExp, alias = this.alias('copr-work')): Promise<ShownMessage> {
    let found: ShownMessage | undefined;
    await vi.waitFor(async () => {
      const said = await this.said(alias);
      found = said.findLast(message => what.test(message.text));
      if (found === undefined) throw new Error(`not said in ${alias}: ${what}\n${this.#story(said)}`);
    }, patience);
    return found as ShownMessage;
  }

  /** Somebody asks something there, again until it is heard, and the bot answers: the room is served. */
  async serves(alias: string, who = 'alice'): Promise<void> {
    const person = this.person(who);
    const room = await this.room(alias);
    let asked = 0;
    await vi.waitFor(async () => {
      if (Date.now() - asked > 2_000) {
        asked = Date.now();
        await person.says(room, '!ferry whoami');
      }
      const said = await this.said(alias);
      if (!said.some(one => one.mentions.includes(person.userId))) throw new Error(this.#story(said));
    }, patience);
  }

  /** Waits until something like it stands in the log. */
  async logs(what: RegExp): Promise<void> {
    await vi.waitFor(() => {
      if (!this.logged.some(line => what.test(line))) throw new Error(`not logged: ${what}\n${this.#story([])}`);
    }, patience);
  }

  #story(said: readonly ShownMessage[]): string {
    return [...said.map(one => one.text), ...this.logged.slice(-20)].join('\n--\n');
  }
}
