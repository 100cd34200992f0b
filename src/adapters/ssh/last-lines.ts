import { cutLine } from './kept-output.ts';
import { tailBytes, tailLines } from './remote-script.ts';

/** Longest line that is told, in characters. */
const lineLimit = 500;

/**
 * Lines of the end of an output, as `detachedScript` gives them. A line may be of any length: one whose beginning isn't in the
 * piece starts with "…", so that nobody takes its rest for a whole line, and one that is too long to tell says what is cut.
 */
export function lastLines(piece: Buffer): string[] {
  const lines = piece.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const torn = piece.length >= tailBytes && lines.length <= tailLines;
  return lines.slice(-tailLines).map((line, nth) => (torn && nth === 0 ? `…${line.slice(-lineLimit)}` : short(line)));
}

function short(line: string): string {
  return line.length <= lineLimit ? line : `${line.slice(0, lineLimit)} ${cutLine(line.length - lineLimit)}`;
}
