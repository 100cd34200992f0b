/**
 * What a message says, in parts that each network draws in its own way. It is complete in plain text (`chat/body/plain-text.ts`);
 * bold, lists, code and folding only show the same better.
 */
export interface MessageBody {
  /** What became of it, before everything else: "APPROVED by bob, 16:12 UTC". */
  readonly state?: string;
  readonly title: Line;
  readonly blocks: readonly Block[];
}

/** A stretch of a line. Text of others is never anything but text. */
export type Span =
  | string
  | { readonly strong: string }
  /** Verbatim, for copying: an id, an address, a command. It isn't broken in its middle. */
  | { readonly code: string }
  /** Somebody who is spoken to; `account` is theirs on the network that it goes to, where they have one there. */
  | { readonly person: string; readonly account?: string }
  | { readonly link: string; readonly text: string };

export type Line = string | readonly Span[];

/** A label, and what it is about: "Users: builds down 14 min". */
export interface Field {
  readonly label: string;
  readonly value: Line;
}

export type Block =
  | { readonly type: 'lines'; readonly lines: readonly Line[] }
  | { readonly type: 'fields'; readonly fields: readonly Field[] }
  | { readonly type: 'list'; readonly items: readonly Line[]; readonly ordered: boolean }
  /** Short cells, one below the other; where a row is wider than a phone, a network draws it as a list. */
  | { readonly type: 'columns'; readonly rows: readonly (readonly Line[])[] }
  /** What a host printed: verbatim, in the order in which it came. */
  | { readonly type: 'output'; readonly lines: readonly string[] }
  | { readonly type: 'section'; readonly title: string; readonly blocks: readonly Block[] }
  /** Folds away where the network can fold. */
  | { readonly type: 'details'; readonly summary: string; readonly blocks: readonly Block[] };
