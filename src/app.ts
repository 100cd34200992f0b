import { bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import { claimNote } from '#adapters/redis-journal/claim-note.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { redisProgress } from '#adapters/redis-journal/redis-progress.ts';
import { kinds } from '#changes/index.ts';
import { policyOf } from '#chat/chat-estate.ts';
import type { Outlook } from '#chat/outlook.ts';
import { Halt } from '#core/errors.ts';
import type { Engine } from '#engine/engine.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { RecordWatch } from '#engine/record-watch.ts';
import { type Proposer, Runs } from '#engine/runs.ts';
import { sweep } from '#engine/sweep.ts';
import { work } from '#engine/worker.ts';
import type { Config } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import { returns } from '#jobs/back/return-of.ts';
import { steps, wayBackSteps } from '#jobs/index.ts';
import type { Wake } from '#ports/journal.ts';
import type { Log } from '#ports/log.ts';
import { AccountClaim, whileClaimed } from './app/account-claim.ts';
import { hostKeyring } from './app/host-keyring.ts';
import { joiningChat, type Purpose } from './app/joining-chat.ts';
import { LiveEstate } from './app/live-estate.ts';
import { chatOf } from './app/open-chat.ts';
import { openCompute, openWorld, publicKeyOf } from './app/open-world.ts';
import { proposer } from './app/proposer.ts';
import { RecordMark } from './app/record-mark.ts';
import { redrawer } from './app/redraw.ts';
import { untilWhole } from './app/until-whole.ts';
import { wakeConnection } from './app/wake-connection.ts';
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
   * dies. Or once it is known that the chat is away: it failed, or didn't answer in time.
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

/** How often the lease of a run is renewed, ms; it lives for 2.5 s. */
const renewEvery = 800;

/**
 * Puts the parts together.
 *
 * @param withChat false: a worker alone, which needs no chat account.
 * @param other a procedure instead of the estate's: for measurements.
 * @param purpose what is done only where whoever starts it says so.
 * @throws Halt `store-shorter` and the like when the store isn't the one that the mirror knows: not safe to go on.
 */
export async function openApp(
  estate: Estate,
  config: Config,
  store: OpenStore,
  log: Log,
  withChat: boolean,
  other?: OtherProcedure,
  purpose: Purpose = {},
): Promise<App> {
  const { redis, clock, mirror, key } = store;
  const marks = new RecordMark({
    store: store.id,
    key,
    mirror,
    isWhole: async () => (await journal.checkStore()).problems.length === 0,
    onAppend: listener => journal.onAppend(listener),
    clock,
    log,
  });
  const journal = redisJournal({ redis, clock, mirror, key, marked: () => marks.heads });
  const closers: (() => unknown)[] = [() => journal.close()];
  const close = async () => {
    for (const one of closers.reverse().splice(0)) await one();
  };
  try {
    const { problems } = await journal.checkStore();
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
      connection: wakeConnection(store, config),
      due: () => journal.due(),
      onError: error => log.warn({ error: error.message }, 'the queue of wake-ups had an error'),
    });
    closers.push(() => wake.close());
    const procedure: Procedure = other?.procedure ?? { steps, kinds, wayBack: wayBackSteps, returns };
    const propose: Proposer =
      other?.proposer ?? proposer({ estate: () => live.estate, procedure, publicKey, runs: () => runs });
    if (other === undefined) live.drawsBy(redrawer({ estate: () => live.estate, steps, publicKey }));
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
      estate: live,
      timing: { poll, reply, backoff, doubt, attempts, limits },
      renewEvery,
      sendWithin: 2_000,
    };
    const record = new RecordWatch(journal);
    const claim = new AccountClaim({ store: store.id, note: claimNote(redis, key, store.id), clock });
    const chat = joiningChat({
      claim,
      marks,
      purpose,
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
      outlook: other?.outlook,
    });
    closers.push(() => chat.close());
    return {
      engine,
      runs,
      live,
      work: async stopping => {
        live.follow(config.estateFile, log, stopping);
        await chat.marked(stopping);
        await untilWhole(record, { clock, log }, stopping);
        live.onTaken(() => void wakeOpen(runs, wake, log));
        await wakeOpen(runs, wake, log);
        const holds = async () => record.isWhole && (await claim.holds());
        await whileClaimed({ holds }, { clock, log }, stopping, until =>
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

/** What waits for people only is looked at again: the estate's file may say something else of it, also since the start before. */
async function wakeOpen(runs: Runs, wake: Pick<Wake, 'wake'>, log: Log): Promise<void> {
  try {
    for (const run of await runs.list({ open: true })) await wake.wake(run.id);
  } catch (error) {
    log.warn({ error: String(error) }, 'the open runs could not be woken for the estate');
  }
}
