/** A JSON object that a server sent. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Reaction {
  readonly id: string;
  readonly sender: string;
  readonly emoji: string;
}

/** What programs read of the bot's messages: the content field `org.ferry.card`. Anybody can write one. */
export interface Card {
  readonly run?: string;
  readonly kind?: string;
  readonly state?: string;
}

/** One thing in a room as people see it: a message with its newest edit and its reactions, or a remark about the room. */
export interface RoomItem {
  readonly id: string;
  readonly what: 'message' | 'notice' | 'remark';
  readonly sender: string;
  /** Server's time, ms. */
  readonly at: number;
  readonly body: string;
  readonly edited: boolean;
  readonly redacted: boolean;
  /** The thread's root event. */
  readonly thread: string | undefined;
  readonly reactions: readonly Reaction[];
  readonly card: Card | undefined;
}

/** What an event did to the room as people see it. */
export type Happening =
  | { readonly type: 'new'; readonly item: RoomItem }
  /** An edit, a deletion, or a reaction that came or went. */
  | { readonly type: 'changed'; readonly item: RoomItem; readonly reaction?: Reaction; readonly gone?: boolean }
  | { readonly type: 'nothing' };

interface Edit {
  readonly id: string;
  readonly at: number;
  readonly body: string;
  readonly card: Card | undefined;
}

interface Entry {
  readonly base: RoomItem;
  edits: Edit[];
  reactions: Reaction[];
  redacted: boolean;
}

const nothing: Happening = { type: 'nothing' };

/** Folds a room's events into what people see. Pure but for its own memory; the same event twice is one. */
export class RoomModel {
  readonly #bot: string | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #seen = new Set<string>();
  /** Edits and reactions whose message hasn't come (yet), by its id. */
  readonly #early = new Map<string, Fields[]>();

  /** @param bot the bot's account: cards of others, and all where nobody is named, are none. */
  constructor(bot: string | undefined) {
    this.#bot = bot;
  }

  /** Everything, in time order. */
  items(): readonly RoomItem[] {
    return [...this.#entries.values()].map(shown).sort((a, b) => a.at - b.at);
  }

  find(id: string): RoomItem | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : shown(entry);
  }

  /** The newest request for approval that still stands and is wanted. A request says no more when its run or outage is over. */
  newestRequest(wanted: (item: RoomItem) => boolean): RoomItem | undefined {
    const over = new Set<string | undefined>();
    return this.items().findLast(item => {
      const { run, kind, state = 'open' } = item.card ?? {};
      if (kind === 'end' && run !== undefined) over.add(run);
      return kind === 'request' && state === 'open' && !over.has(run) && wanted(item);
    });
  }

  /** Roots of threads in the order in which the threads began: the number of a thread is its place here, from 1. */
  threads(): readonly string[] {
    return [...new Set([...this.#entries.values()].flatMap(entry => entry.base.thread ?? []))];
  }

  apply(event: Fields): Happening {
    const id = textOf(event.event_id);
    if (id === undefined || this.#seen.has(id)) return nothing;
    this.#seen.add(id);
    const relation = fieldsOf(fieldsOf(event.content)['m.relates_to']);
    const to = textOf(relation.event_id);
    if (event.type === 'm.room.redaction') return this.#redact(event);
    if (event.type === 'm.reaction' || relation.rel_type === 'm.replace') {
      if (to === undefined) return nothing;
      if (this.#entries.has(to)) return this.#relate(to, event);
      this.#early.set(to, [...(this.#early.get(to) ?? []), event]);
      return nothing;
    }
    const base = itemOf(id, event, this.#bot);
    if (base === undefined) return nothing;
    const entry: Entry = { base, edits: [], reactions: [], redacted: base.redacted };
    this.#entries.set(id, entry);
    const bundled = fieldsOf(fieldsOf(fieldsOf(event.unsigned)['m.relations'])['m.replace']);
    if (textOf(bundled.event_id) !== undefined && !this.#seen.has(String(bundled.event_id))) {
      this.#seen.add(String(bundled.event_id));
      this.#relate(id, bundled);
    }
    for (const early of this.#early.get(id) ?? []) this.#relate(id, early);
    this.#early.delete(id);
    return { type: 'new', item: shown(entry) };
  }

  #relate(to: string, event: Fields): Happening {
    const entry = this.#entries.get(to);
    const [id, sender] = [textOf(event.event_id), textOf(event.sender)];
    if (entry === undefined || entry.redacted || id === undefined || sender === undefined) return nothing;
    const content = fieldsOf(event.content);
    if (event.type === 'm.reaction') {
      const emoji = textOf(fieldsOf(content['m.relates_to']).key);
      if (emoji === undefined) return nothing;
      const reaction = { id, sender, emoji };
      entry.reactions.push(reaction);
      return { type: 'changed', item: shown(entry), reaction };
    }
    const fresh = fieldsOf(content['m.new_content']);
    const body = textOf(fresh.body);
    if (sender !== entry.base.sender || body === undefined) return nothing;
    const card = sender === this.#bot ? (cardOf(fresh) ?? cardOf(content)) : undefined;
    entry.edits.push({ id, at: timeOf(event), body, card });
    // Events come newest first where one reads back (Client-Server API, "Event replacements": which one counts).
    entry.edits.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    return { type: 'changed', item: shown(entry) };
  }

  #redact(event: Fields): Happening {
    const what = textOf(event.redacts) ?? textOf(fieldsOf(event.content).redacts);
    if (what === undefined) return nothing;
    const own = this.#entries.get(what);
    if (own !== undefined) {
      own.redacted = true;
      own.reactions = [];
      return { type: 'changed', item: shown(own) };
    }
    for (const [parent, waiting] of this.#early) {
      this.#early.set(
        parent,
        waiting.filter(one => one.event_id !== what),
      );
    }
    for (const entry of this.#entries.values()) {
      const reaction = entry.reactions.find(one => one.id === what);
      const edits = entry.edits.filter(one => one.id !== what);
      if (reaction === undefined && edits.length === entry.edits.length) continue;
      entry.reactions = entry.reactions.filter(one => one.id !== what);
      entry.edits = edits;
      const item = shown(entry);
      return reaction === undefined ? { type: 'changed', item } : { type: 'changed', item, reaction, gone: true };
    }
    return nothing;
  }
}

function shown({ base, edits, reactions, redacted }: Entry): RoomItem {
  const edit = edits.at(-1);
  if (redacted) return { ...base, body: '', redacted, card: undefined, edited: false, reactions: [] };
  return {
    ...base,
    body: edit?.body ?? base.body,
    card: edit?.card ?? base.card,
    // Another card for programs is no other text.
    edited: edit !== undefined && edit.body !== base.body,
    reactions: [...reactions],
  };
}

function itemOf(id: string, event: Fields, bot: string | undefined): RoomItem | undefined {
  const content = fieldsOf(event.content);
  const sender = textOf(event.sender) ?? '';
  const at = timeOf(event);
  const base = { id, sender, at, edited: false, redacted: false, thread: undefined, reactions: [], card: undefined };
  if (event.type !== 'm.room.message') {
    const remark = remarkOf(event, content);
    return remark === undefined ? undefined : { ...base, what: 'remark', body: remark };
  }
  if (fieldsOf(event.unsigned).redacted_because !== undefined || typeof content.body !== 'string') {
    return { ...base, what: 'message', body: '', redacted: true };
  }
  const relation = fieldsOf(content['m.relates_to']);
  return {
    ...base,
    what: content.msgtype === 'm.notice' ? 'notice' : 'message',
    body: content.msgtype === 'm.file' ? `[file ${content.body}]` : content.body,
    thread: relation.rel_type === 'm.thread' ? textOf(relation.event_id) : undefined,
    card: sender === bot ? cardOf(content) : undefined,
  };
}

/** What is said in the room about a change of its state; undefined for what nobody needs to see. */
function remarkOf(event: Fields, content: Fields): string | undefined {
  if (event.type === 'm.room.topic') return `topic: ${textOf(content.topic) ?? ''}`;
  if (event.type !== 'm.room.member') return undefined;
  const before = textOf(fieldsOf(fieldsOf(event.unsigned).prev_content).membership);
  const after = textOf(content.membership);
  if (before === after) return undefined;
  const who = textOf(event.state_key) ?? '';
  const verbs: Record<string, string> = { join: 'came in', leave: 'left', ban: 'was banned', invite: 'was invited' };
  const verb = verbs[after ?? ''];
  return verb === undefined ? undefined : `${localPart(who)} ${verb}`;
}

/** The card of an event that is the bot's own; of anybody else's there is none. */
export function cardIn(event: Fields, bot: string | undefined): Fields {
  return bot !== undefined && event.sender === bot ? fieldsOf(fieldsOf(event.content)['org.ferry.card']) : {};
}

function cardOf(content: Fields): Card | undefined {
  const card = content['org.ferry.card'];
  return typeof card === 'object' && card !== null ? (card as Card) : undefined;
}

/** "@alice:example.org" is alice to people. */
export function localPart(account: string): string {
  return /^@([^:]*):/.exec(account)?.[1] ?? account;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function timeOf(event: Fields): number {
  return typeof event.origin_server_ts === 'number' ? event.origin_server_ts : 0;
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
