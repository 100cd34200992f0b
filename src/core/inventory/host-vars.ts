import { type Entry, rangeCovers, sectionsIn } from './ini.ts';
import { splitLines } from './lines.ts';

/** A variable that a host has in an INI inventory, with where it stands. */
export interface HostVar {
  /** 1-based. */
  readonly line: number;
  /** As between the brackets; a group's own has `:vars`. */
  readonly section: string;
  /** "birthday=yes", as it stands. */
  readonly text: string;
}

/**
 * Wherever in an INI inventory a host gets one of these variables: on any of its lines, in whatever section, on that of a
 * range which covers it, and in `:vars` of its groups and theirs. Comments don't count.
 */
export function hostVars(text: string, host: string, names: readonly string[]): HostVar[] {
  const sections = sectionsIn(splitLines(text)).map(section => ({
    ...section,
    entries: section.entries.filter(entry => entry.listed),
  }));
  const [groups, kinds] = [new Set(['all']), sections.map(({ name }) => /^(.*?):(children|vars)$/.exec(name))];
  const mine = (entry: Entry) => entry.host === host || rangeCovers(entry.host, host);
  sections.forEach(({ name, entries }, index) => {
    if (kinds[index] === null && entries.some(mine)) groups.add(name);
  });
  // Groups of groups may stand in any order.
  for (let before = 0; before < groups.size; ) {
    before = groups.size;
    sections.forEach(({ entries }, index) => {
      const [, parent = '', kind] = kinds[index] ?? [];
      if (kind === 'children' && entries.some(entry => groups.has(entry.host))) groups.add(parent);
    });
  }
  return sections.flatMap(({ name, entries }, index) => {
    const [, group = '', kind] = kinds[index] ?? [];
    if (kind === 'children') return [];
    if (kind === 'vars') {
      if (!groups.has(group)) return [];
      return entries.flatMap(entry =>
        wordOf(entry, name, [[entry.host, ...entry.vars.map(word => word.text)].join(' ')], names),
      );
    }
    return entries.filter(mine).flatMap(entry =>
      wordOf(
        entry,
        name,
        entry.vars.map(word => word.text),
        names,
      ),
    );
  });
}

function wordOf(entry: Entry, section: string, words: readonly string[], names: readonly string[]): HostVar[] {
  return words
    .filter(word => names.includes(/^(\w+)\s*=/.exec(word)?.[1] ?? ''))
    .map(text => ({ line: entry.index + 1, section, text }));
}
