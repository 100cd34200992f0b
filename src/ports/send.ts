/**
 * What every mutating call gets from the engine. It is the fence: the adapter checks `sendBy` at the write and aborts
 * when the signal fires; a host's guard refuses a `lease` lower than one that it has seen of this run.
 */
export interface Send {
  /** Random id of the run: names directories on hosts, tags and tokens. */
  readonly run: string;
  /** Run uid, change and generation; at most 64 characters of [A-Za-z0-9._-]: client token, directory, Message-ID. */
  readonly key: string;
  /** Number of the lease that judged this change; numbers never go back. */
  readonly lease: number;
  /** Store time in ms until which the last byte of the request may leave. */
  readonly sendBy: number;
  /** Store time now, in ms, never behind the store. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Who approved the gate that it stands behind; undefined where it needs none. */
  readonly approvedBy?: string;
}
