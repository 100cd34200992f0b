import { bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import { type MatrixChat, matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { redisProgress } from '#adapters/redis-journal/redis-progress.ts';
import { smtpMailer } from '#adapters/smtp/smtp-mailer.ts';
import { kinds } from '#changes/index.ts';
import { ChatBot } from '#chat/chat-bot.ts';
import { policyOf } from '#chat/chat-estate.ts';
import { chatEstateOf } from '#chat/chat-estate-of.ts';
import { coprOutlook } from '#chat/copr-outlook.ts';
import { Publisher } from '#chat/publisher.ts';
import { RequestWatch } from '#chat/watch-requests.ts';
import { commands } from '#commands/index.ts';
import { Halt } from '#core/errors.ts';
import type { Engine } from '#engine/engine.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { Runs } from '#engine/runs.ts';
import { sweep } from '#engine/sweep.ts';
import { work } from '#engine/worker.ts';
import { type Config, need } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import { steps } from '#jobs/index.ts';
import type { Log } from '#ports/log.ts';
import { hostKeyring } from './app/host-keyring.ts';
import { lastLines } from './app/last-lines.ts';
import { openCompute, openWorld, publicKeyOf } from './app/open-world.ts';
import { proposer } from './app/proposer.ts';
import { withRoomIds } from './app/with-room-ids.ts';
import type { OpenStore } from './cli/open-store.ts';

/** The whole bot, put together; nothing runs before it is told. */
export interface App {
  readonly engine: Engine;
  readonly runs: Runs;
  readonly estate: Estate;
  /** Moves runs until the signal fires; then the changes in hand end or stay attached. */
  work(stopping: AbortSignal): Promise<void>;
  /** Listens and speaks in the rooms until the signal fires. Only with a chat. */
  chat(stopping: AbortSignal): Promise<void>;
  /** Once the position in the chat is known: what is said from then on is heard, even if this process dies. */
  listening(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How often the lease of a run and of the chat account is renewed, ms; they live for 2.5 s. */
const renewEvery = 800;

/**
 * Puts the parts together.
 *
 * @param withChat false: a worker alone, which needs no chat account.
 * @throws Halt `store-shorter` and the like when the store isn't the one that the mirror knows: not safe to go on.
 */
export async function openApp(
  given: Estate,
  config: Config,
  store: OpenStore,
  log: Log,
  withChat: boolean,
): Promise<App> {
  const { redis, clock, mirror } = store;
  const journal = redisJournal({ redis, clock, mirror });
  const problems = await journal.checkStore();
  if (problems.length > 0) throw new Halt('store-differs', `${problems.join('\n')}\nSee ferry journal verify.`);

  const chat = withChat ? await openChat(given, config, store, log) : undefined;
  const estate = chat === undefined ? given : await withRoomIds(given, room => chat.resolve(room));
  const chatEstate = chatEstateOf(estate, room => room);
  const wake = bullmqWake({
    connection: connectionOf(store, config),
    due: () => journal.due(),
    onError: error => log.warn({ error: error.message }, 'the queue of wake-ups had an error'),
  });
  const compute = openCompute(estate, config);
  const procedure: Procedure = { steps, kinds };
  const propose = proposer({ estate: () => estate, steps, kinds, publicKey: publicKeyOf(config) });
  const runs = new Runs({ journal, wake, clock, proposer: propose });
  const keyring = hostKeyring({ estate: () => estate, compute, runs: () => runs });
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
    procedure,
    progress,
    log,
    policy: environment => policyOf(chatEstate, environment),
    timing: { poll, reply, backoff, attempts, limits },
    renewEvery,
    sendWithin: 2_000,
  };
  const bot = chat === undefined ? undefined : openBot({ estate, config, log, chat, journal, runs, engine, propose });
  return {
    engine,
    runs,
    estate,
    work: async stopping => {
      await Promise.all([work(engine, stopping), sweep(clock, wake, 250, stopping, log)]);
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

async function openChat(estate: Estate, config: Config, { redis }: OpenStore, log: Log): Promise<MatrixChat> {
  const { matrixAccessToken } = need(config, 'matrixAccessToken');
  const { matrix } = estate.chat;
  if (matrix === undefined) throw new Halt('no-chat', 'the estate names no chat: put chat.matrix in');
  const open = (userId: string) => {
    const key = sinceKey(userId);
    return matrixChat({
      homeserver: matrix.homeserver,
      accessToken: matrixAccessToken.reveal(),
      userId,
      storage: {
        get: async () => (await redis.get(key)) ?? undefined,
        set: async token => {
          await redis.set(key, token);
        },
      },
      onTrouble: error => log.warn({ code: error.code, error: error.message }, 'the chat could not be read'),
    });
  };
  // The token says whose account it is; everything is judged against that id.
  return open(await open('').whoAmI());
}

function openBot(parts: {
  readonly estate: Estate;
  readonly config: Config;
  readonly log: Log;
  readonly chat: MatrixChat;
  readonly journal: ReturnType<typeof redisJournal>;
  readonly runs: Runs;
  readonly engine: Engine;
  readonly propose: ReturnType<typeof proposer>;
}): ChatBot {
  const { estate, config, log, chat, journal, runs, engine } = parts;
  const { clock, procedure, progress } = engine;
  const chatEstate = chatEstateOf(estate, room => room);
  const drawing = { estate: chatEstate, procedure, outlook: coprOutlook(estate.timing.world.speed) };
  const { mail } = estate;
  const mailer =
    mail === undefined
      ? undefined
      : smtpMailer({
          host: mail.host,
          port: mail.port,
          security: mail.security,
          from: mail.from,
          ...(mail.user === undefined ? {} : { user: mail.user }),
          ...(config.smtpPassword === undefined ? {} : { password: config.smtpPassword.reveal() }),
        });
  const mailDomain = /@([^>]+)>?$/.exec(mail?.from ?? '')?.[1] ?? 'localhost';
  const watch = new RequestWatch({ runs, reader: chat, estate: () => chatEstate, clock, log });
  const publisher = new Publisher({
    runs,
    writer: chat,
    mailer,
    mailDomain,
    progress,
    clock,
    log,
    drawing: () => drawing,
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
      estate: chatEstate,
      drawing,
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
