import { type Look, renderItem, renderReaction } from './render-event.ts';
import { type Happening, type Reaction, type RoomItem, RoomModel } from './room-model.ts';

/** What is to be printed after an event: new lines, or a block that changed where it stands. */
export type Drawn =
  | { readonly type: 'lines'; readonly id: string | undefined; readonly lines: readonly string[] }
  | { readonly type: 'changed'; readonly id: string; readonly otherwise: readonly string[] };

/**
 * The room as people read it from top to bottom: messages in time order, each thread's replies indented. It decides what
 * becomes lines; a screen decides where they go.
 */
export class Transcript {
  readonly model: RoomModel;
  #lastThread: string | undefined;
  #lastAsked: string | undefined;
  /** Items at whose head the thread is named. */
  readonly #heads = new Set<string>();

  /** @param bot the bot's account, whose cards count. */
  constructor(bot: string | undefined) {
    this.model = new RoomModel(bot);
  }

  /**
   * Takes an event in. On a screen, reactions stand below their message, so `lines` for them come only as `otherwise`:
   * for messages that have scrolled away, and for a pipe.
   */
  take(event: Readonly<Record<string, unknown>>, look: Omit<Look, 'thread' | 'threadHead'>): Drawn | undefined {
    const happening = this.model.apply(event);
    if (happening.type === 'nothing') return undefined;
    if (happening.type === 'new') return this.#fresh(happening.item, look);
    return { type: 'changed', id: happening.item.id, otherwise: this.#reaction(happening, look) };
  }

  /** An item's lines as they are now. */
  draw(id: string, look: Omit<Look, 'thread' | 'threadHead'>): readonly string[] {
    const item = this.model.find(id);
    return item === undefined ? [] : renderItem(item, this.#look(item, look));
  }

  #fresh(item: RoomItem, look: Omit<Look, 'thread' | 'threadHead'>): Drawn {
    if (item.what !== 'remark') {
      if (item.thread !== undefined && item.thread !== this.#lastThread) this.#heads.add(item.id);
      this.#lastThread = item.thread;
      if (item.card?.kind === 'request' && item.thread === undefined) this.#lastAsked = item.id;
    }
    return { type: 'lines', id: item.id, lines: this.draw(item.id, look) };
  }

  #look(item: RoomItem, look: Omit<Look, 'thread' | 'threadHead'>): Look {
    if (item.thread === undefined) return look;
    const number = this.model.threads().indexOf(item.thread) + 1;
    const root = this.model.find(item.thread);
    return { ...look, thread: { number, root }, threadHead: this.#heads.has(item.id) };
  }

  /** A person's reaction is a line; the emoji that a message's own sender put below it aren't. */
  #reaction(
    happening: Extract<Happening, { type: 'changed' }>,
    look: Omit<Look, 'thread' | 'threadHead'>,
  ): readonly string[] {
    const reaction: Reaction | undefined = happening.reaction;
    if (reaction === undefined || reaction.sender === happening.item.sender) return [];
    const quote = happening.item.id !== this.#lastAsked;
    return renderReaction(reaction, happening.item, look, { gone: happening.gone === true, quote });
  }
}
