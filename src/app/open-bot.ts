import type { MatrixChat } from '#adapters/matrix/matrix-chat.ts';
import type { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { redisKept } from '#adapters/redis-journal/redis-kept.ts';
import { Answers } from '#chat/answers.ts';
import { ChatBot } from '#chat/chat-bot.ts';
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
import { fold } from '#core/fold.ts';
import type { Engine } from '#engine/engine.ts';
import type { RecordWatch } from '#engine/record-watch.ts';
import type { Proposer, Runs } from '#engine/runs.ts';
import type { Config } from '#estate/config.ts';
import type { Log } from '#ports/log.ts';
import type { OpenStore } from '../cli/open-store.ts';
import { lastLines } from './last-lines.ts';
import type { LiveEstate } from './live-estate.ts';
import { openMailer } from './open-mailer.ts';
import { provesWritable } from './proves-writable.ts';
import type { RecordMark } from './record-mark.ts';

/** What the bot needs of the rest of the process. */
export interface BotParts {
  readonly record: RecordWatch;
  readonly marks: RecordMark;
  readonly config: Config;
  readonly store: OpenStore;
  readonly log: Log;
  readonly live: LiveEstate;
  readonly journal: ReturnType<typeof redisJournal>;
  readonly runs: Runs;
  readonly engine: Engine;
  readonly propose: Proposer;
  /** What people are told of a procedure that isn't the estate's own. */
  readonly outlook: Outlook | undefined;
}

/** How often the lease of the chat account is renewed, ms; it lives for 2.5 s. */
const renewEvery = 800;

/** Puts the bot together that listens and speaks, once the chat took our token. */
export function openBot(parts: BotParts & { readonly chat: MatrixChat }): ChatBot {
  const { live, config, log, chat, journal, runs, engine } = parts;
  const { estate } = live;
  const { clock, procedure, progress } = engine;
  const outlook = parts.outlook ?? coprOutlook(estate.timing.world.speed);
  const drawing = () => ({ estate: live.chat, procedure, outlook, open: () => runs.known() });
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
  const mirrored = async () => (await journal.mirrored()).map(fold);
  const probe = () => provesWritable(parts.store.redis, config.stateDir);
  const storeWatch = (speaksFor: () => number | undefined) =>
    new StoreWatch({ chat, estate: () => live.chat, open, mirrored, probe, speaksFor, clock, log });
  return new ChatBot({
    chat,
    storeWatch,
    marking: until => parts.marks.keep(chat, id => runs.get(id), until),
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
