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
  /** As it is written; undefined where it is inherited. */
  readonly ttl: ZoneWord | undefined;
  /**
   * In seconds: written, else the zone's `$TTL`, else the one written last (RFC 1035); before any of them the SOA record's
   * minimum. Undefined where there is none: BIND loads no such zone.
   */
  readonly seconds: number | undefined;
  /** "A", "AAAA", "SOA": in capitals. */
  readonly type: string;
  /** Where class, time and type begin: the first word after the name. */
  readonly at: number;
  /** What comes after the type. */
  readonly data: readonly ZoneWord[];
}

/** What `$GENERATE` makes: records whose names match, in place of none that is written. */
export interface Generated {
  readonly name: RegExp;
  readonly type: string;
  /** 1-based. */
  readonly line: number;
}

const classes = /^(?:IN|CH|HS|CS|CLASS\d+)$/i;
const time = /^(?:\d+[smhdw]?)+$/i;
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of a time as BIND reads it: "300", "5m", "1h30m". */
export function secondsOf(written: string): number {
  return [...written.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 1),
    0,
  );
}

/** The records of a zone file in its order, as `readZone` reads them. */
export function recordsOf(text: string, origin: string): ZoneRecord[] {
  return readZone(text, origin).records;
}

/**
 * Reads a zone file as BIND does. `$ORIGIN` and `$TTL` hold from where they stand; what `$INCLUDE` brings in isn't read.
 *
 * @param origin the zone's name, for names that end without a dot.
 * @throws Refused `unreadable-zone` naming the line.
 */
export function readZone(text: string, origin: string): { records: ZoneRecord[]; generated: Generated[] } {
  const records: ZoneRecord[] = [];
  const generated: Generated[] = [];
  let base = plain(origin);
  const times: Times = { zone: undefined, last: undefined };
  let owner: string | undefined;
  for (const { words, indented } of entriesOf(text)) {
    const [first, second] = words;
    if (first === undefined) continue;
    const unreadable = () => new Refused('unreadable-zone', `line ${lineOf(text, first.start)} is no record`);
    if (first.text.startsWith('$')) {
      const what = first.text.toUpperCase();
      if (indented || second === undefined || !directives.has(what)) throw unreadable();
      if (what === '$ORIGIN') base = named(second.text, base);
      if (what === '$TTL' && !time.test(second.text)) throw unreadable();
      if (what === '$TTL') times.zone = secondsOf(second.text);
      if (what !== '$GENERATE') continue;
      const [, , pattern, ...rest] = words;
      const made = pattern === undefined ? undefined : recordIn(rest, named(pattern.text, base), times);
      if (made === undefined) throw unreadable();
      generated.push({ name: madeNames(made.name), type: made.type, line: lineOf(text, first.start) });
      continue;
    }
    const rest = indented ? words : words.slice(1);
    owner = indented ? owner : named(first.text, base);
    const record = recordIn(rest, owner, times);
    if (record === undefined) throw unreadable();
    records.push(record);
  }
  return { records, generated };
}

/** What a record without a time of its own gets: the zone's, or the one that was written last. */
interface Times {
  zone: number | undefined;
  last: number | undefined;
}

const directives = new Set(['$ORIGIN', '$TTL', '$INCLUDE', '$GENERATE', '$DATE']);

/** Class and time stand in either order before the type, each at most once. */
function recordIn(words: readonly ZoneWord[], name: string | undefined, times: Times): ZoneRecord | undefined {
  let ttl: ZoneWord | undefined;
  let hasClass = false;
  for (const [index, word] of words.entries()) {
    if (ttl === undefined && time.test(word.text)) ttl = word;
    else if (!hasClass && classes.test(word.text)) hasClass = true;
    else {
      if (name === undefined || !/^[A-Z][A-Z0-9-]*$/i.test(word.text)) return undefined;
      const type = word.text.toUpperCase().replace(/^TYPE28$/, 'AAAA');
      const data = words.slice(index + 1);
      return { name, ttl, seconds: secondsFor(ttl, type, data, times), type, at: words[0]?.start ?? 0, data };
    }
  }
  return undefined;
}

function secondsFor(ttl: ZoneWord | undefined, type: string, data: readonly ZoneWord[], times: Times) {
  if (ttl !== undefined) {
    times.last = secondsOf(ttl.text);
    return times.last;
  }
  const least = data[6]?.text;
  if (times.zone === undefined && times.last === undefined && type === 'SOA' && least !== undefined && time.test(least))
    times.zone = secondsOf(least);
  return times.zone ?? times.last;
}

/** `host-$` and `host-${0,3,d}`: whatever number stands there. */
function madeNames(pattern: string): RegExp {
  const parts = pattern.split(/\$(?:\{[^}]*\})?/).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[0-9a-fA-F.]*')}$`);
}

interface ZoneEntry {
  readonly words: readonly ZoneWord[];
  /** It begins with a blank: the name is the one before. */
  readonly indented: boolean;
}

/**
 * Entries of words: a line each, or several within parentheses. Comments are left out, quoted text is one word. Only blanks
 * and tabs part words; any other white space belongs to its word.
 */
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
    } else if (char === ' ' || char === '\t' || (char === '\r' && text.charAt(at + 1) === '\n')) at += 1;
    else if (char === '\r')
      throw new Refused('unreadable-zone', `line ${lineOf(text, at)}: a carriage return within it`);
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
    else if (!quoted && /[ \t\r;()]/.test(char)) break;
  }
  if (quoted) throw new Refused('unreadable-zone', `line ${lineOf(text, from)}: a quoted text is never closed`);
  return Math.min(at, text.length);
}

function named(written: string, base: string): string {
  if (written === '@') return base;
  const name = plain(written);
  return written.endsWith('.') || base === '' ? name : `${name}.${base}`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
