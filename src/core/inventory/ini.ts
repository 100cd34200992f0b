import type { Line } from './lines.ts';

/** A word of a host's line with where it stands in the line: [start, end). */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A host's line as Ansible reads it: a name, then variables, then perhaps a comment. */
export interface Entry {
  /** Index of the line in the file, from 0. */
  readonly index: number;
  readonly host: string;
  readonly vars: readonly Word[];
  /** false: the whole line stands in a comment. */
  readonly listed: boolean;
  /** Offset of the host's name in the line: what stands before is indentation or the comment sign. */
  readonly start: number;
}

export interface Section {
  /** As between the brackets, `:children` and the like included. */
  readonly name: string;
  /** Index of its header line, from 0. */
  readonly header: number;
  /** Index after its last line: of the next header, or the file's length. */
  readonly end: number;
  readonly entries: readonly Entry[];
}

const header = /^\s*\[([^\]]+)\]\s*(?:[#;].*)?$/;
const commentSign = /^\s*[#;][#;\s]*/;
const variable = /^[A-Za-z_]\w*=/;

/** Ansible takes any white space from a line's ends, and parts words by these alone (Python's `shlex`): not by a no-break space. */
const separator = /[ \t\r\n]/;

/**
 * Words of a line up to an unquoted `#`, which begins a comment wherever it stands (Ansible splits host lines by Python's
 * `shlex` with comments on).
 */
export function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let start = -1;
  let quote = '';
  const close = (end: number) => {
    if (start >= 0) words.push({ text: line.slice(start, end), start, end });
    start = -1;
  };
  const first = /^\s*/.exec(line)?.[0].length ?? 0;
  const end = line.trimEnd().length;
  for (let at = first; at < end; at += 1) {
    const char = line.charAt(at);
    if (quote !== '') {
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote) quote = '';
      continue;
    }
    if (char === '#') {
      close(at);
      return words;
    }
    if (separator.test(char)) {
      close(at);
      continue;
    }
    if (start < 0) start = at;
    if (char === '"' || char === "'") quote = char;
    else if (char === '\\') at += 1;
  }
  close(end);
  return words;
}

/** Reads a line as a host's, listed or in a comment. A comment in prose is none: after the name only variables may follow. */
function entryOf(line: string, index: number): Entry | undefined {
  const sign = commentSign.exec(line)?.[0].length ?? 0;
  const [name, ...vars] = wordsOf(line.slice(sign)).map(word => ({
    text: word.text,
    start: word.start + sign,
    end: word.end + sign,
  }));
  if (name === undefined) return undefined;
  if (sign > 0 && !vars.every(word => variable.test(word.text))) return undefined;
  return { index, host: name.text, vars, listed: sign === 0, start: name.start };
}

/** All sections of an INI inventory, in the file's order. One name may stand more than once: Ansible adds them up. */
export function sectionsIn(lines: readonly Line[]): Section[] {
  const sections: { name: string; header: number; end: number; entries: Entry[] }[] = [];
  lines.forEach((line, index) => {
    const name = header.exec(line.text)?.[1];
    const last = sections.at(-1);
    if (name !== undefined) {
      if (last !== undefined) last.end = index;
      sections.push({ name: name.trim(), header: index, end: lines.length, entries: [] });
      return;
    }
    const entry = last === undefined ? undefined : entryOf(line.text, index);
    if (entry !== undefined) last?.entries.push(entry);
  });
  return sections;
}

/** Whether a pattern like `proxy[01:20].example.org` covers a host. */
export function rangeCovers(pattern: string, host: string): boolean {
  const range = /^(.*)\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::[0-9]+)?\](.*)$/.exec(pattern);
  if (range === null) return false;
  const [, before = '', low = '', high = '', after = ''] = range;
  if (!host.startsWith(before) || !host.endsWith(after) || host.length < before.length + after.length) return false;
  const middle = host.slice(before.length, host.length - after.length);
  if (/^[0-9]+$/.test(low)) {
    const number = Number(middle);
    return /^[0-9]+$/.test(middle) && number >= Number(low) && number <= Number(high);
  }
  return middle.length === 1 && middle >= low && middle <= high;
}
