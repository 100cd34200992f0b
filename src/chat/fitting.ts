/** Longest text of one message, in UTF-8 bytes: a Matrix event holds 64 KiB, and carries the text twice. */
export const maxText = 24_000;

/** A text as one message, or as several that each fit; nothing of it is left out. */
export function fitting(text: string): string[] {
  if (Buffer.byteLength(text) <= maxText) return [text];
  return split(text.split('\n'), maxText).map(lines => lines.join('\n'));
}

/** Groups lines so that each group fits; a single line that doesn't fit is folded, nothing of it is left out. */
export function split(lines: readonly string[], limit: number): string[][] {
  const parts: string[][] = [];
  let part: string[] = [];
  let size = 0;
  for (const line of lines.flatMap(one => folded(one, limit))) {
    const more = Buffer.byteLength(line) + 1;
    if (size + more > limit && part.length > 0) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(line);
    size += more;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function folded(line: string, limit: number): string[] {
  if (Buffer.byteLength(line) < limit) return [line];
  const step = Math.floor(limit / 4) - 1;
  const pieces: string[] = [];
  const signs = [...line];
  for (let at = 0; at < signs.length; at += step) pieces.push(signs.slice(at, at + step).join(''));
  return pieces;
}
