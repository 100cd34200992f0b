import { PassThrough } from 'node:stream';
import type { TypedStreams } from './typed-input.ts';

/** The terminal that Ferry was started on: where lines come from, where the room is drawn, and whether in colour. */
export interface OwnTerminal {
  readonly streams: TypedStreams;
  readonly colour: boolean;
}

/**
 * A terminal that says of itself that it can't move its cursor (`TERM=dumb`) gets the room line by line, as a pipe does;
 * `NO_COLOR` is obeyed.
 */
export function ownTerminal(
  { input, output }: TypedStreams = { input: process.stdin, output: process.stdout },
  env: Readonly<Record<string, string | undefined>> = process.env,
): OwnTerminal {
  if (env.TERM === 'dumb') {
    const lines = new PassThrough();
    lines.pipe(output);
    return { streams: { input, output: lines }, colour: false };
  }
  return { streams: { input, output }, colour: output.isTTY === true && env.NO_COLOR === undefined };
}
