import { bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import type { MatrixChat } from '#adapters/matrix/matrix-chat.ts';
import { chatPosition } from '#adapters/redis-journal/chat-position.ts';
import { claimNote } from '#adapters/redis-journal/claim-note.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { redisKept } from '#adapters/redis-journal/redis-kept.ts';
import { redisProgress } from '#adapters/redis-journal/redis-progress.ts';
import { kinds } from '#changes/index.ts';
import { Answers } from '#chat/answers.ts';
import { ChatBot } from '#chat/chat-bot.ts';
import { policyOf } from '#chat/chat-estate.ts';
import { coprOutlook } from '#chat/copr-outlook.ts';
import { Impaired } from '#chat/impaired.ts';
import type { Lane } from '#chat/lanes.ts';
import { Outbox } from '#chat/outbox.ts';
import type { Outlook } from '#chat/outlook.ts';
import { Publisher } from '#chat/publisher.ts';
import { Rooms } from '#chat/rooms.ts';
import { StoreWatch } from '#chat/store-watch.ts';
import { RequestWatch } from '#chat/watch-requests.ts';
import { commands } from '#commands/index.ts';
import { type FerryError, Halt } from '#core/errors.ts';
import type { Engine } from '#engine/engine.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { RecordWatch } from '#engine/record-watch.ts';
import { type Proposer, Runs } from '#engine/runs.ts';
import { sweep } from '#engine/sweep.ts';
import { work } from '#engine/worker.ts';
import type { Config } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import { steps, wayBackSteps } from '#jobs/index.ts';
import type { Log } from '#ports/log.ts';
import { AccountClaim, whileClaimed } from './app/account-claim.ts';
import { hostKeyring } from './app/host-keyring.ts';
import { joinChat } from './app/join-chat.ts';
import { lastLines } from './app/last-lines.ts';
import { LiveEstate } from './app/live-estate.ts';
import { chatOf } from './app/open-chat.ts';
import { openMailer } from './app/open-mailer.ts';
import { openCompute, openWorld, publicKeyOf } from './app/open-world.ts';
import { proposer } from './app/proposer.ts';
import { provesWritable } from './app/proves-writable.ts';
import { untilWhole } from './app/until-whole.ts';
import type { OpenStore } from './cli/open-store.ts';

/** The whole bot, put together; nothing runs before it is told. */
export interface App {
  readonly engine: Engine;
  readonly runs: Runs;
  readonly live: LiveEstate;
  /** Moves runs until the signal fires; then the changes in hand end or stay attached. */
  work(stopping: AbortSignal): Promise<void>;
  /** Joins the chat, listens and speaks in the rooms until the signal fires, however often it fails. Only with a chat. */
  chat(stopping: AbortSignal): Promise<void>;
  /**
   * Once the chat took our token and the position in it is known: what is said from then on is heard, even if this process
   * dies. Or once it is known that the chat is away: it failed, or didn't answer for `awayAfter`.
   */
  listening(signal: AbortSignal): Promise<'heard' | 'away'>;
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

/** A chat that hasn't answered for so long is away, ms. */
const awayAfter = 10_000;

/**
 * Puts the parts together.
 *
 * @param withChat false: a worker alone, which needs no chat account.
 * @param other a procedure instead of the estate's: for measurements.
 * @param takesAccount whether the chat account is taken from another store, on purpose.
 * @throws Halt `store-shorter` and the like when the store isn't the one that the mirror knows: not safe to go on.
 */
export async function openApp(
  estate: Estate,
  config: Config,
  store: OpenStore,
  log: Log,
  withChat: boolean,
  other?: OtherProcedure,
  takesAccount = false,
): Promise<App> {
  const { redis, clock, mirror, key } = store;
  const journal = redisJournal({ redis, clock, mirror, key });
  const closers: (() => unknown)[] = [() => journal.close()];
  const close = async () => {
    for (const one of closers.reverse().splice(0)) await one();
  };
  try {
    const problems = await journal.checkStore();
    // With a chat it is said there, and what moves runs waits until the record is back.
    if (problems.length > 0 && !withChat)
      throw new Halt('store-differs', `${problems.join('\n')}\nSee ferry journal verify.`);

    // What configuration lacks is said here, before anything is opened; the chat itself is joined beside the work.
    const openChat = withChat ? chatOf(estate, config) : undefined;
    const publicKey = other === undefined ? publicKeyOf(config) : '';
    const live = new LiveEstate(estate);
    const compute = openCompute(estate, config);
    const keyring = hostKeyring({ estate: () => live.estate, compute, runs: () => runs });
    const world = openWorld(estate, config, keyring, compute);
    closers.push(() => world.close());
    const wake = bullmqWake({
      connection: connectionOf(store, config),
      due: () => journal.due(),
      onError: error => log.warn({ error: error.message }, 'the queue of wake-ups had an error'),
    });
    closers.push(() => wake.close());
    const procedure: Procedure = other?.procedure ?? { steps, kinds, wayBack: wayBackSteps };
    const propose: Proposer = other?.proposer ?? proposer({ estate: () => live.estate, steps, kinds, publicKey });
    const runs = new Runs({ journal, wake, clock, proposer: propose });
    const { poll, reply, backoff, doubt, attempts, limits } = estate.timing.world;
    const engine: Engine = {
      journal,
      leases: journal,
      wake,
      clock,
      readers: world.readers,
      writers: world.writers,
      sessions: world.sessions,
      procedure,
      progress: redisProgress(redis, key),
      log,
      policy: environment => policyOf(live.chat, environment),
      timing: { poll, reply, backoff, doubt, attempts, limits },
      renewEvery,
      sendWithin: 2_000,
    };
    const record = new RecordWatch(journal);
    const claim = new AccountClaim({ store: store.id, note: claimNote(redis, key, store.id), clock });
    const chat = joiningChat({
      claim,
      takesAccount,
      record,
      openChat,
      config,
      store,
      log,
      live,
      journal,
      runs,
      engine,
      propose,
      other,
    });
    closers.push(() => chat.close());
    return {
      engine,
      runs,
      live,
      work: async stopping => {
        live.follow(config.estateFile, log, stopping);
        await untilWhole(record, { clock, log }, stopping);
        await whileClaimed(claim, { clock, log }, stopping, until =>
          Promise.all([work(engine, until), sweep(clock, wake, 100, until, log)]),
        );
      },
      chat: stopping => chat.run(stopping),
      listening: signal => chat.listening(signal),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface ChatSide {
  readonly record: RecordWatch;
  readonly claim: AccountClaim;
  readonly takesAccount: boolean;
  readonly openChat: ReturnType<typeof chatOf> | undefined;
  readonly config: Config;
  readonly store: OpenStore;
  readonly log: Log;
  readonly live: LiveEstate;
  readonly journal: ReturnType<typeof redisJournal>;
  readonly runs: Runs;
  readonly engine: Engine;
  readonly propose: Proposer;
  readonly other: OtherProcedure | undefined;
}

/** The chat beside the work: nothing that it says, or doesn't, holds up a run or ends the process. */
function joiningChat(parts: ChatSide) {
  const { openChat, claim, takesAccount, store, log } = parts;
  const { redis, clock } = store;
  const closing = new AbortController();
  let account: string | undefined;
  let away = openChat === undefined;
  const options = (user: string) => ({
    ...chatOptions(user, store, (error: FerryError) => {
      away = true;
      log.warn({ code: error.code, error: error.message }, 'the chat could not be read');
    }),
    closing: closing.signal,
  });
  return {
    async run(stopping: AbortSignal): Promise<void> {
      if (openChat === undefined) return;
      const open = async () => {
        const opened = await untilAborted(openChat(options), stopping);
        await untilAborted(claim.claim(opened, takesAccount), stopping);
        return opened;
      };
      const onAway = () => {
        away = true;
      };
      const chat = await joinChat(open, { clock, log, onAway }, stopping);
      if (chat === undefined) return;
      account = chat.self;
      const ended = new AbortController();
      const until = AbortSignal.any([stopping, ended.signal]);
      const bot = openBot({ ...parts, chat, outlook: parts.other?.outlook }).run(until);
      try {
        await claim.watch(chat, log, until);
      } finally {
        ended.abort();
        await bot;
      }
    },
    async listening(signal: AbortSignal): Promise<'heard' | 'away'> {
      const late = AbortSignal.timeout(awayAfter);
      while (!signal.aborted && !away && !late.aborted) {
        if (account !== undefined && (await chatPosition(redis, account, store.key).get()) !== undefined)
          return 'heard';
        await clock.sleep(20, signal).catch(() => undefined);
      }
      return 'away';
    },
    close: () => closing.abort(),
  };
}

/** Gives up waiting, not the call: whatever it says later, nobody hears. */
function untilAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  call.catch(() => undefined);
  return Promise.race([call, aborted]);
}

function chatOptions(account: string, { redis, clock, key }: OpenStore, onTrouble: (error: FerryError) => void) {
  return { now: () => clock.now(), storage: chatPosition(redis, account, key), onTrouble };
}

function openBot(parts: ChatSide & { readonly chat: MatrixChat; readonly outlook: Outlook | undefined }): ChatBot {
  const { live, config, log, chat, journal, runs, engine } = parts;
  const { estate } = live;
  const { clock, procedure, progress } = engine;
  const outlook = parts.outlook ?? coprOutlook(estate.timing.world.speed);
  const drawing = () => ({ estate: live.chat, procedure, outlook });
  const { mail } = estate;
  const mailer = openMailer(estate, config);
  const mailDomain = /@([^>]+)>?$/.exec(mail?.from ?? '')?.[1] ?? 'localhost';
  const kept = redisKept(parts.store.redis, chat.self, parts.store.key);
  const outbox = new Outbox(chat, clock);
  const lane = (name: Lane) => outbox.lane(name);
  const answers = new Answers({ kept, lane, clock, log });
  const open = () => runs.list({ open: true });
  const impaired = new Impaired({ chat: lane('first'), estate: () => live.chat, open, kept, clock, log });
  const watch = new RequestWatch({ runs, reader: chat, estate: () => live.chat, clock, log, impaired });
  const publisher = new Publisher({
    runs,
    lane,
    topic: room => chat.topic(room),
    cameIn: room => chat.cameIn(room),
    mailer,
    mailDomain,
    progress,
    clock,
    log,
    drawing,
    asked: run => void watch.look(run),
  });
  const rooms = new Rooms({
    chat,
    names: () => live.rooms,
    know: ids => live.know(ids),
    kept,
    impaired,
    clock,
    log,
  });
  const probe = () => provesWritable(parts.store.redis, config.stateDir);
  const storeWatch = (speaksFor: () => number | undefined) =>
    new StoreWatch({ chat, estate: () => live.chat, open, probe, speaksFor, clock, log });
  return new ChatBot({
    chat,
    storeWatch,
    outbox,
    answers,
    leases: journal,
    onAppend: listener => journal.onAppend(listener),
    publisher,
    watch,
    rooms,
    impaired,
    parts: () => ({
      runs,
      estate: live.chat,
      drawing: drawing(),
      procedure,
      clock,
      progress,
      fresh: watch,
      record: parts.record,
      proposer: parts.propose,
      lastLines: lastLines(engine.readers.shell, clock),
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
