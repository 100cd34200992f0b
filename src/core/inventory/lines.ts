/** One line of a file with the line end that it has; the last line may have none. */
export interface Line {
  readonly text: string;
  readonly end: '\r\n' | '\n' | '';
}

/** Splits so that joining gives back every byte. A text that ends with a line end has no empty last line. */
export function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  let from = 0;
  while (from < text.length) {
    const feed = text.indexOf('\n', from);
    if (feed < 0) {
      lines.push({ text: text.slice(from), end: '' });
      break;
    }
    const crlf = feed > from && text[feed - 1] === '\r';
    lines.push({ text: text.slice(from, crlf ? feed - 1 : feed), end: crlf ? '\r\n' : '\n' });
    from = feed + 1;
  }
  return lines;
}

export function joinLines(lines: readonly Line[]): string {
  return lines.map(line => line.text + line.end).join('');
}

/** The line end that a new line of this text gets: the one of its first line, `\n` where there is none. */
export function lineEndOf(text: string): '\r\n' | '\n' {
  const feed = text.indexOf('\n');
  return feed > 0 && text[feed - 1] === '\r' ? '\r\n' : '\n';
}

/** 1-based number of the line that holds an offset. */
export function lineNumberAt(text: string, offset: number): number {
  let number = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) number += 1;
  return number;
}
