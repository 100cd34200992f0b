import { chatPosition } from '#adapters/redis-journal/chat-position.ts';
import type { FerryError } from '#core/errors.ts';
import type { OpenStore } from '../cli/open-store.ts';
import type { AccountClaim } from './account-claim.ts';
import { joinChat } from './join-chat.ts';
import { type BotParts, openBot } from './open-bot.ts';
import type { chatOf } from './open-chat.ts';

/** A chat that hasn't answered for so long is away, ms. */
const awayAfter = 10_000;

/** For so long a start waits for what the chat account says of the record, ms: an older one would be gone on with. */
const markWithin = 3_000;

/** What whoever starts it says on purpose. */
export interface Purpose {
  /** The chat account is taken from another store. */
  readonly takesAccount?: boolean;
  /** The record is older than it was, and is gone on with. */
  readonly olderRecord?: boolean;
}

/** What joining the chat takes, beside what the bot then needs. */
export interface ChatSide extends BotParts {
  readonly claim: AccountClaim;
  readonly purpose: Purpose;
  /** Undefined: a worker alone. */
  readonly openChat: ReturnType<typeof chatOf> | undefined;
}

/** The chat beside the work: nothing that it says, or doesn't, holds up a run or ends the process. */
export function joiningChat(parts: ChatSide) {
  const { openChat, claim, purpose, marks, store, log } = parts;
  const { takesAccount = false, olderRecord = false } = purpose;
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
        await untilAborted(marks.read(opened, olderRecord), stopping);
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
      const bot = openBot({ ...parts, chat }).run(until);
      const marked = marks.watch(chat, until);
      try {
        await claim.watch(chat, log, until);
      } finally {
        ended.abort();
        await Promise.all([bot, marked]);
      }
    },
    /** Once it is known how far the record came by the chat account, or that nobody says so now. */
    async marked(signal: AbortSignal): Promise<void> {
      const late = AbortSignal.timeout(markWithin);
      while (!signal.aborted && !away && !late.aborted && account === undefined)
        await clock.sleep(20, signal).catch(() => undefined);
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
