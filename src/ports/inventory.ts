import type { InventoryEdit } from '#core/inventory/edit.ts';
import type { Send } from './send.ts';

export interface Commit {
  readonly id: string;
  readonly author: string;
  readonly at: number;
  readonly subject: string;
  /** The trailers of the message, e.g. `Ferry-Change: <key>`. */
  readonly trailers: Readonly<Record<string, string>>;
}

export interface InventoryReader {
  /** Commit id of the remote branch, freshly fetched. */
  head(): Promise<string>;
  /** A file's text at a commit (default: fresh head), or undefined when there is none. */
  file(path: string, commit?: string): Promise<string | undefined>;
  /** Newest first, at most 500, since a commit (exclusive). */
  commitsSince(commit: string): Promise<readonly Commit[]>;
  /** The commit that carries `Ferry-Change: key`, if it is among the last 2,000 up to a commit (default: fresh head). */
  commitOf(key: string, head?: string): Promise<Commit | undefined>;
}

export interface InventoryWriter {
  /**
   * One commit of all the edits on a fresh head, pushed without force. Keeps every other byte of the files. `send.key`
   * becomes the trailer `Ferry-Change`.
   *
   * @throws Refused `no-such-line` and the like: an edit doesn't fit the file, nothing was pushed; `raced` (retry) when somebody pushed in between.
   * @throws Unknown the push's outcome isn't known.
   */
  commit(
    change: { readonly edits: readonly InventoryEdit[]; readonly message: string },
    send: Send,
  ): Promise<{ readonly commit: string; readonly diff: string }>;
}
