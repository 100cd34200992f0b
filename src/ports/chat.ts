import { Refused } from '#core/errors.ts';
import type { MessageBody } from './message-body.ts';

/** A chat network (Matrix; Slack later) seen neutrally. Ids are the network's own, opaque here. */
export interface ChatEvent {
  readonly room: string;
  readonly id: string;
  readonly sender: string;
  /** Server's time of the event, ms. Shown, never judged by: the store's clock judges. */
  readonly at: number;
}

/** A message of a person: only plain new messages come here; edits, notices and own messages don't. */
export interface Said extends ChatEvent {
  readonly type: 'said';
  /** The whole plain body. */
  readonly text: string;
  /** The thread's root event when said inside a thread. */
  readonly thread: string | undefined;
  /** The event it quotes or replies to; such a message's quoted part is never a command. */
  readonly inReplyTo: string | undefined;
  readonly mentionsUs: boolean;
  /**
   * How long the server had it before it came to us, ms: next to nothing as long as we listen, however old the event calls
   * itself (its sender's server may be slow) and however late it is handled.
   */
  readonly waited: number;
}

/** Something changed about reactions to an event: only a hint to look. */
export interface Reacted extends ChatEvent {
  readonly type: 'reacted';
  readonly to: string;
  readonly emoji: string | undefined;
}

/** Something was deleted; `what` is the deleted event (a message or a reaction). Only a hint to look. */
export interface Deleted extends ChatEvent {
  readonly type: 'deleted';
  readonly what: string;
}

/** Membership or power changed in a room: only a hint to look. */
export interface MembersChanged extends ChatEvent {
  readonly type: 'members';
}

/** We were invited. */
export interface Invited extends ChatEvent {
  readonly type: 'invited';
}

/** Our own place in a room changed: we came in, left, or (`sender` is another) were put out. */
export interface Placed extends ChatEvent {
  readonly type: 'placed';
  readonly membership: Member['membership'];
}

/** Whether a room can be served may have changed (encrypted, replaced, other history): only a hint to look. */
export interface RoomChanged extends ChatEvent {
  readonly type: 'room-changed';
}

export type Incoming = Said | Reacted | Deleted | MembersChanged | Invited | Placed | RoomChanged;

/** A room as it stands now. */
export interface RoomState {
  /** What people say there can't be read. */
  readonly encrypted: boolean;
  /** The room that replaced it, where it was replaced; '' when that isn't said. */
  readonly replacedBy: string | undefined;
  /** Whether we may read what was said while we were out of it. */
  readonly showsPast: boolean;
}

export interface Reaction {
  readonly event: string;
  readonly sender: string;
  /** As sent, not normalised. */
  readonly emoji: string;
  readonly at: number;
}

export interface Member {
  readonly account: string;
  readonly membership: 'join' | 'invite' | 'leave' | 'ban';
  readonly guest: boolean;
  readonly deactivated: boolean;
}

export interface ChatReader {
  /** Our own account id. */
  readonly self: string;
  /**
   * All reactions to an event that stand now, every page read. `gone` when the event was deleted or isn't there.
   *
   * @throws Unknown when it can't be read whole: the caller fails closed.
   */
  reactions(room: string, event: string): Promise<{ readonly gone: boolean; readonly reactions: readonly Reaction[] }>;
  /**
   * Whether an account counts is judged by its membership and by the server's own word on it, where the server gives one.
   * Its profile says nothing: one without name and picture has none, a deactivated one may.
   *
   * @throws Unknown when the lookup fails: wait and retry, never allow.
   */
  member(room: string, account: string): Promise<Member | undefined>;
  members(room: string): Promise<readonly Member[]>;
  /**
   * The event by which we came into a room and since which we were in it without a break; undefined: we aren't in it.
   *
   * @throws Unknown when it can't be told.
   */
  cameIn(room: string): Promise<string | undefined>;
  /** How a room stands that we are in; undefined: we aren't. @throws Unknown when it can't be told. */
  room(room: string): Promise<RoomState | undefined>;
  topic(room: string): Promise<string>;
  /** Link to an event for people. */
  link(room: string, event: string): string;
}

/** What programs read beside the text: content field `org.ferry.card`. Fields are only ever added. */
export interface CardField {
  readonly run?: string;
  readonly kind: 'request' | 'halt' | 'live' | 'start' | 'end' | 'answer' | 'refusal' | 'notice';
  /** Of a request. */
  readonly state?: 'open' | 'approved' | 'rejected' | 'expired' | 'void';
}

export interface OutgoingMessage {
  /** Complete in plain text. */
  readonly text: string;
  /** The same in parts, for a network that draws more than text; absent: it draws what it can from `text`. */
  readonly body?: MessageBody;
  readonly mentions: readonly string[];
  /** true: `m.text`, notifies; false: `m.notice`. */
  readonly notify: boolean;
  readonly thread: string | undefined;
  readonly card: CardField;
  /** Without formatting. */
  readonly plain?: boolean;
}

/** The network asks the whole account to wait before it sends again; nothing happened. */
export class Throttled extends Refused {
  /** ms. */
  readonly after: number;
  constructor(after: number) {
    super('chat-throttled', `The chat server asks to wait ${Math.ceil(after / 1_000)} s: too many messages.`, {
      retry: true,
    });
    this.after = after;
  }
}

export interface ChatWriter {
  /**
   * `txn` makes it once: the same txn gives the same event. Returns the event id.
   *
   * @throws Throttled at once, Unknown (the same txn is safe to send again), Refused: this message in this room won't do
   * (`message-too-long`, `chat-forbidden`).
   */
  post(room: string, message: OutgoingMessage, txn: string): Promise<string>;
  edit(room: string, event: string, message: OutgoingMessage, txn: string): Promise<void>;
  /**
   * Closes a message of ours, or opens it again: another card for programs, and for people a first line above its own words,
   * which stay word for word. Nobody is mentioned. Reactions stay where they are, on the message itself. A message that was
   * deleted is left alone.
   *
   * @param state the first line; undefined: none, as it was posted.
   */
  recard(room: string, event: string, card: CardField, state: string | undefined, txn: string): Promise<void>;
  /** A file in the thread or room. */
  upload(
    room: string,
    file: {
      readonly name: string;
      readonly text: string;
      readonly thread: string | undefined;
      readonly card: CardField;
    },
    txn: string,
  ): Promise<string>;
  react(room: string, event: string, emoji: string): Promise<void>;
  setTopic(room: string, topic: string): Promise<void>;
  pin(room: string, event: string | undefined): Promise<void>;
  leave(room: string): Promise<void>;
  join(room: string): Promise<void>;
}

/** A mark in our own account, which every process with its token sees and nobody else: the store whose bot it is. */
export interface ChatMark {
  /** undefined: there is none. @throws Unknown, Refused when it can't be read. */
  mark(): Promise<string | undefined>;
  setMark(store: string): Promise<void>;
}

/** Another such mark: how far the journals have come. */
export interface ChatRecord {
  /** What was kept by `setRecord`; undefined: nothing. @throws as `mark`. */
  record(): Promise<string | undefined>;
  /** @param text at most 32 KiB. */
  setRecord(text: string): Promise<void>;
}

export interface ChatFeed {
  /**
   * Delivers events in order until the signal fires, one after the other without waiting: they are handled side by side.
   * `handle` resolves once the event is settled: done, or owed in the store. The position is saved over what is settled
   * without a gap, so a crash loses nothing and some events come again: handlers are idempotent by event id. Without a saved
   * position nothing older than the start is delivered (a lost token never replays an old command).
   *
   * @param onBack called when the server answers again after it didn't.
   * @throws what `handle` rejected with: the position stands before that event.
   */
  listen(handle: (event: Incoming) => Promise<void>, signal: AbortSignal, onBack?: () => void): Promise<void>;
}
