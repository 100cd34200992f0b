import { Refused } from '../errors.ts';

/** A word of a zone file with where it stands in the text: [start, end). */
export interface ZoneWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One record of a zone file (RFC 1035, section 5), as far as edits need it. */
export interface ZoneRecord {
  /** Whole, in small letters, without the dot at its end. */
  readonly name: string;
  /** As it is written; undefined where the zone's `$TTL` holds. */
  readonly ttl: ZoneWord | undefined;
  /** In seconds, written or the zone's; undefined where neither is. */
  readonly seconds: number | undefined;
  /** "A", "AAAA", "SOA": in capitals. */
  readonly type: string;
  /** Where class, time and type begin: the first word after the name. */
  readonly at: number;
  /** What comes after the type. */
  readonly data: readonly ZoneWord[];
}

const classes = /^(?:IN|CH|HS|CS)$/i;
const time = /^(?:\d+[smhdw]?)+$/i;
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of a time as BIND reads it: "300", "5m", "1h30m". */
export function secondsOf(written: string): number {
  return [...written.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 1),
    0,
  );
}

/**
 * The records of a zone file in its order. `$ORIGIN` and `$TTL` hold from where they stand; what `$INCLUDE` brings in isn't
 * read.
 *
 * @param origin the zone's name, for names that end without a dot.
 * @throws Refused `unreadable-zone` naming the line.
 */
export function recordsOf(text: string, origin: string): ZoneRecord[] {
  const records: ZoneRecord[] = [];
  let base = plain(origin);
  let holds: number | undefined;
  let owner: string | undefined;
  for (const { words, indented } of entriesOf(text)) {
    const [first, second] = words;
    if (first === undefined) continue;
    if (first.text.startsWith('$')) {
      if (/^\$ORIGIN$/i.test(first.text)) base = named(second?.text ?? '', base);
      if (/^\$TTL$/i.test(first.text)) holds = secondsOf(second?.text ?? '');
      continue;
    }
    const rest = indented ? words : words.slice(1);
    owner = indented ? owner : named(first.text, base);
    const record = recordIn(rest, owner, holds);
    if (record === undefined) throw new Refused('unreadable-zone', `line ${lineOf(text, first.start)} is no record`);
    records.push(record);
  }
  return records;
}

/** Class and time stand in either order before the type, each at most once. */
function recordIn(words: readonly ZoneWord[], name: string | undefined, holds: number | undefined) {
  let ttl: ZoneWord | undefined;
  let hasClass = false;
  for (const [index, word] of words.entries()) {
    if (ttl === undefined && time.test(word.text)) ttl = word;
    else if (!hasClass && classes.test(word.text)) hasClass = true;
    else {
      const at = words[0]?.start ?? 0;
      const seconds = ttl === undefined ? holds : secondsOf(ttl.text);
      if (name === undefined || !/^[A-Z][A-Z0-9-]*$/i.test(word.text)) return undefined;
      return { name, ttl, seconds, type: word.text.toUpperCase(), at, data: words.slice(index + 1) };
    }
  }
  return undefined;
}

interface ZoneEntry {
  readonly words: readonly ZoneWord[];
  /** It begins with a blank: the name is the one before. */
  readonly indented: boolean;
}

/** Entries of words: a line each, or several within parentheses. Comments are left out, quoted text is one word. */
function entriesOf(text: string): ZoneEntry[] {
  const entries: ZoneEntry[] = [];
  let words: ZoneWord[] = [];
  let indented = /^[ \t]/.test(text);
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === ';') while (at < text.length && text.charAt(at) !== '\n') at += 1;
    else if (char === '\n') {
      at += 1;
      if (depth > 0) continue;
      entries.push({ words, indented });
      words = [];
      indented = /[ \t]/.test(text.charAt(at));
    } else if (char === '(' || char === ')') {
      depth += char === '(' ? 1 : -1;
      if (depth < 0 || depth > 1)
        throw new Refused('unreadable-zone', `line ${lineOf(text, at)}: a parenthesis too many`);
      at += 1;
    } else if (/\s/.test(char)) at += 1;
    else {
      const end = endOfWord(text, at);
      words.push({ text: text.slice(at, end), start: at, end });
      at = end;
    }
  }
  if (depth > 0) throw new Refused('unreadable-zone', 'a parenthesis is never closed');
  return [...entries, { words, indented }];
}

function endOfWord(text: string, from: number): number {
  let at = from;
  let quoted = false;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\n') break;
    if (char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && /[\s;()]/.test(char)) break;
  }
  if (quoted) throw new Refused('unreadable-zone', `line ${lineOf(text, from)}: a quoted text is never closed`);
  return Math.min(at, text.length);
}

function named(written: string, base: string): string {
  if (written === '@') return base;
  const name = plain(written);
  return written.endsWith('.') ? name : `${name}.${base}`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
