/** A program to be started, whose streams are the connections that come next. */
export interface Asked {
  readonly id: number;
  readonly command: string;
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly detached: boolean;
  /** Of stdin, stdout and stderr: whether it is a connection, or nothing. */
  readonly streams: readonly boolean[];
}

export interface KillAsked {
  readonly id: number;
  readonly kill: NodeJS.Signals;
}

/** What the relay says: that it listens, and what became of a program. */
export type Told =
  | { readonly listens: true }
  | { readonly id: number; readonly pid: number }
  | { readonly id: number; readonly failed: { readonly message: string; readonly code: string | undefined } }
  | { readonly id: number; readonly code: number | null; readonly signal: NodeJS.Signals | null };
