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
  const { sections, groups, mine } = placesOf(text, host);
  return sections.flatMap(({ name, entries }) => {
    const [, group = '', kind] = kindOf(name) ?? [];
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

/** Groups that a host is in, by its lines and by groups of groups; `all` among them. */
export function groupsOf(text: string, host: string): ReadonlySet<string> {
  return placesOf(text, host).groups;
}

/** Groups that a group is in, `all` among them, not itself: what their variables say its own overrule. */
export function groupsAbove(text: string, group: string): ReadonlySet<string> {
  const above = withParents(listedIn(text), [group, 'all']);
  above.delete(group);
  return above;
}

const kindOf = (section: string) => /^(.*?):(children|vars)$/.exec(section);

/** The listed lines of each section, the host's groups, and which lines are the host's. */
function placesOf(text: string, host: string) {
  const sections = listedIn(text);
  const mine = (entry: Entry) => entry.host === host || rangeCovers(entry.host, host);
  const own = sections.filter(({ name, entries }) => kindOf(name) === null && entries.some(mine));
  return { sections, groups: withParents(sections, ['all', ...own.map(({ name }) => name)]), mine };
}

function listedIn(text: string) {
  return sectionsIn(splitLines(text)).map(section => ({
    ...section,
    entries: section.entries.filter(entry => entry.listed),
  }));
}

/** These groups, and those that they are in through `:children`. */
function withParents(sections: ReturnType<typeof listedIn>, these: readonly string[]): Set<string> {
  const groups = new Set(these);
  // Groups of groups may stand in any order.
  for (let before = 0; before < groups.size; ) {
    before = groups.size;
    for (const { name, entries } of sections) {
      const [, parent = '', kind] = kindOf(name) ?? [];
      if (kind === 'children' && entries.some(entry => groups.has(entry.host))) groups.add(parent);
    }
  }
  return groups;
}

function wordOf(entry: Entry, section: string, words: readonly string[], names: readonly string[]): HostVar[] {
  return words
    .filter(word => names.includes(/^(\w+)\s*=/.exec(word)?.[1] ?? ''))
    .map(text => ({ line: entry.index + 1, section, text }));
}
