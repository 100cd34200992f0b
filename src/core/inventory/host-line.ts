import { type Entry, sectionsIn } from './ini.ts';
import { splitLines } from './lines.ts';

/** A host's line in a section of an INI inventory. */
export interface HostLine {
  /** 1-based. */
  readonly line: number;
  /** Whole, without its line end. */
  readonly text: string;
  /** false: it stands in a comment. */
  readonly listed: boolean;
  /** Variables with their values as they stand there. */
  readonly vars: Readonly<Record<string, string>>;
}

/** A host's lines in a section: the listed one first, then those in comments. Empty when there is neither, or no section. */
export function hostLines(text: string, section: string, host: string): HostLine[] {
  const lines = splitLines(text);
  return sectionsIn(lines)
    .filter(one => one.name === section)
    .flatMap(one => one.entries.filter(entry => entry.host === host))
    .map(entry => ({
      line: entry.index + 1,
      text: lines[entry.index]?.text ?? '',
      listed: entry.listed,
      vars: varsOf(entry),
    }))
    .sort((a, b) => Number(b.listed) - Number(a.listed));
}

/** A host's line in a section, the listed one before one in a comment, or undefined. */
export function hostLine(text: string, section: string, host: string): HostLine | undefined {
  return hostLines(text, section, host)[0];
}

/** Names of the sections that list a host (not in a comment), each once, in the file's order. */
export function sectionsOf(text: string, host: string): string[] {
  const sections = sectionsIn(splitLines(text)).filter(section =>
    section.entries.some(entry => entry.listed && entry.host === host),
  );
  return [...new Set(sections.map(section => section.name))];
}

/** Hosts that a section lists, in the file's order. */
export function hostsIn(text: string, section: string): string[] {
  return sectionsIn(splitLines(text))
    .filter(one => one.name === section)
    .flatMap(one => one.entries.filter(entry => entry.listed).map(entry => entry.host));
}

function varsOf(entry: Entry): Record<string, string> {
  return Object.fromEntries(
    entry.vars.map(word => {
      const sign = word.text.indexOf('=');
      return sign < 0 ? [word.text, ''] : [word.text.slice(0, sign), word.text.slice(sign + 1)];
    }),
  );
}
