import { bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import type { MatrixChat } from '#adapters/matrix/matrix-chat.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { redisProgress } from '#adapters/redis-journal/redis-progress.ts';
import { kinds } from '#changes/index.ts';
import { ChatBot } from '#chat/chat-bot.ts';
import { policyOf } from '#chat/chat-estate.ts';
import { coprOutlook } from '#chat/copr-outlook.ts';
import type { Outlook } from '#chat/outlook.ts';
import { Publisher } from '#chat/publisher.ts';
import { RequestWatch } from '#chat/watch-requests.ts';
import { commands } from '#commands/index.ts';
import { type FerryError, Halt } from '#core/errors.ts';
import type { Engine } from '#engine/engine.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { type Proposer, Runs } from '#engine/runs.ts';
import { sweep } from '#engine/sweep.ts';
import { work } from '#engine/worker.ts';
import type { Config } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import { steps } from '#jobs/index.ts';
import type { Log } from '#ports/log.ts';
import { hostKeyring } from './app/host-keyring.ts';
import { lastLines } from './app/last-lines.ts';
import { LiveEstate } from './app/live-estate.ts';
import { openChat } from './app/open-chat.ts';
import { openMailer } from './app/open-mailer.ts';
import { openCompute, openWorld, publicKeyOf } from './app/open-world.ts';
import { proposer } from './app/proposer.ts';
import { withRoomIds } from './app/with-room-ids.ts';
import type { OpenStore } from './cli/open-store.ts';

/** The whole bot, put together; nothing runs before it is told. */
export interface App {
  readonly engine: Engine;
  readonly runs: Runs;
  readonly live: LiveEstate;
  /** Moves runs until the signal fires; then the changes in hand end or stay attached. */
  work(stopping: AbortSignal): Promise<void>;
  /** Listens and speaks in the rooms until the signal fires. Only with a chat. */
  chat(stopping: AbortSignal): Promise<void>;
  /** Once the position in the chat is known: what is said from then on is heard, even if this process dies. */
  listening(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What moves runs instead of the estate's own procedure, and what people are told of it. */
export interface OtherProcedure {
  readonly procedure: Procedure;
  readonly proposer: Proposer;
  readonly outlook: Outlook;
}

/** How often the lease of a run and of the chat account is renewed, ms; they live for 2.5 s. */
const renewEvery = 800;

/**
 * Puts the parts together.
 *
 * @param withChat false: a worker alone, which needs no chat account.
 * @param other a procedure instead of the estate's: for measurements.
 * @throws Halt `store-shorter` and the like when the store isn't the one that the mirror knows: not safe to go on.
 */
export async function openApp(
  given: Estate,
  config: Config,
  store: OpenStore,
  log: Log,
  withChat: boolean,
  other?: OtherProcedure,
): Promise<App> {
  const { redis, clock, mirror } = store;
  const journal = redisJournal({ redis, clock, mirror });
  const problems = await journal.checkStore();
  if (problems.length > 0) throw new Halt('store-differs', `${problems.join('\n')}\nSee ferry journal verify.`);

  const chat = withChat ? await openChat(given, config, account => chatOptions(account, store, log)) : undefined;
  const withIds = async (one: Estate) => (chat === undefined ? one : withRoomIds(one, room => chat.resolve(room)));
  const estate = await withIds(given);
  const live = new LiveEstate(estate);
  const wake = bullmqWake({
    connection: connectionOf(store, config),
    due: () => journal.due(),
    onError: error => log.warn({ error: error.message }, 'the queue of wake-ups had an error'),
  });
  const compute = openCompute(estate, config);
  const procedure: Procedure = other?.procedure ?? { steps, kinds };
  const propose: Proposer =
    other?.proposer ?? proposer({ estate: () => live.estate, steps, kinds, publicKey: publicKeyOf(config) });
  const runs = new Runs({ journal, wake, clock, proposer: propose });
  const keyring = hostKeyring({ estate: () => live.estate, compute, runs: () => runs });
  const world = openWorld(estate, config, keyring, compute);
  const progress = redisProgress(redis);
  const { poll, reply, backoff, attempts, limits } = estate.timing.world;
  const engine: Engine = {
    journal,
    leases: journal,
    wake,
    clock,
    readers: world.readers,
    writers: world.writers,
    sessions: world.sessions,
    procedure,
    progress,
    log,
    policy: environment => policyOf(live.chat, environment),
    timing: { poll, reply, backoff, attempts, limits },
    renewEvery,
    sendWithin: 2_000,
  };
  const bot =
    chat === undefined
      ? undefined
      : openBot({ live, config, log, chat, journal, runs, engine, propose, outlook: other?.outlook });
  return {
    engine,
    runs,
    live,
    work: async stopping => {
      live.follow(config.estateFile, withIds, log, stopping);
      await Promise.all([work(engine, stopping), sweep(clock, wake, 100, stopping, log)]);
    },
    chat: async stopping => {
      await bot?.run(stopping);
    },
    listening: async signal => {
      while (chat !== undefined && !signal.aborted && (await redis.get(sinceKey(chat.self))) === null) {
        await clock.sleep(20, signal).catch(() => undefined);
      }
    },
    close: async () => {
      await world.close();
      journal.close();
      await wake.close();
    },
  };
}

function sinceKey(account: string): string {
  return `ferry:chat:${account}:since`;
}

function chatOptions(account: string, { redis, clock }: OpenStore, log: Log) {
  const key = sinceKey(account);
  return {
    now: () => clock.now(),
    storage: {
      get: async () => (await redis.get(key)) ?? undefined,
      set: async (token: string) => {
        await redis.set(key, token);
      },
    },
    onTrouble: (error: FerryError) =>
      log.warn({ code: error.code, error: error.message }, 'the chat could not be read'),
  };
}

function openBot(parts: {
  readonly live: LiveEstate;
  readonly config: Config;
  readonly log: Log;
  readonly chat: MatrixChat;
  readonly journal: ReturnType<typeof redisJournal>;
  readonly runs: Runs;
  readonly engine: Engine;
  readonly propose: Proposer;
  readonly outlook: Outlook | undefined;
}): ChatBot {
  const { live, config, log, chat, journal, runs, engine } = parts;
  const { estate } = live;
  const { clock, procedure, progress } = engine;
  const outlook = parts.outlook ?? coprOutlook(estate.timing.world.speed);
  const drawing = () => ({ estate: live.chat, procedure, outlook });
  const { mail } = estate;
  const mailer = openMailer(estate, config);
  const mailDomain = /@([^>]+)>?$/.exec(mail?.from ?? '')?.[1] ?? 'localhost';
  const watch = new RequestWatch({ runs, reader: chat, estate: () => live.chat, clock, log });
  const publisher = new Publisher({
    runs,
    writer: chat,
    mailer,
    mailDomain,
    progress,
    clock,
    log,
    drawing,
    asked: run => void watch.look(run),
  });
  return new ChatBot({
    chat,
    leases: journal,
    onAppend: listener => journal.onAppend(listener),
    publisher,
    watch,
    parts: () => ({
      runs,
      estate: live.chat,
      drawing: drawing(),
      procedure,
      clock,
      progress,
      fresh: watch,
      proposer: parts.propose,
      lastLines: lastLines(engine.readers.shell),
      commands,
      link: (room, event) => chat.link(room, event),
    }),
    names: ['ferry'],
    log,
    renewEvery,
    tickEvery: 1_000,
  });
}

/** BullMQ makes its own connections. */
function connectionOf({ embedded }: OpenStore, { redisUrl }: Config) {
  if (embedded !== undefined) return { path: embedded.socket, maxRetriesPerRequest: null };
  return { url: redisUrl?.reveal() ?? '', maxRetriesPerRequest: null };
}
