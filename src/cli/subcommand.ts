/** Exit statuses of every subcommand. */
export const exit = { done: 0, failed: 1, usage: 2, configuration: 3, unsafe: 4 } as const;

/** A subcommand of `ferry`: gets the arguments behind its name, gives the exit status. Loaded only when it is called. */
export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  load(): Promise<(argv: string[]) => Promise<number>>;
}

/** The command line is wrong: one sentence on stderr, exit 2. */
export class UsageError extends Error {}
