import { BadInput, Refused } from '../errors.ts';
import type { InventoryEdit } from './edit.ts';
import { type Entry, rangeCovers, type Section, sectionsIn, wordsOf } from './ini.ts';
import { joinLines, type Line, lineEndOf, splitLines } from './lines.ts';

type Place = { readonly file: string; readonly section: string; readonly host: string };
type EditOf<Op extends InventoryEdit['op']> = Extract<InventoryEdit, { op: Op }>;

/** Sets or removes variables of a listed host; the line's other words, spaces and comment stay. */
export function setHostVars(text: string, edit: EditOf<'set-host-vars'>): string {
  const lines = splitLines(text);
  const entry = onlyListed(placeIn(lines, edit), edit);
  if (entry === undefined) throw notListed(placeIn(lines, edit), edit);
  return withLine(lines, entry.index, varsSet(lineAt(lines, entry.index), entry, edit.vars, edit));
}

/**
 * Uncomments the host's line in a section, or adds one after the section's last host. Where the host is listed already its
 * variables are set.
 */
export function listHost(text: string, edit: EditOf<'list-host'>): string {
  checkHost(edit.host);
  const lines = splitLines(text);
  const sections = placeIn(lines, edit);
  const listed = onlyListed(sections, edit);
  if (listed !== undefined)
    return withLine(lines, listed.index, varsSet(lineAt(lines, listed.index), listed, edit.vars, edit));
  const commented = only(
    entriesOf(sections, edit.host).filter(entry => !entry.listed),
    edit,
    'in a comment',
  );
  if (commented !== undefined) {
    const bare = lineAt(lines, commented.index).slice(commented.start);
    const shift = commented.start;
    const entry: Entry = {
      ...commented,
      start: 0,
      vars: commented.vars.map(word => ({ text: word.text, start: word.start - shift, end: word.end - shift })),
    };
    return withLine(lines, commented.index, varsSet(bare, entry, edit.vars, edit));
  }
  const [section, second] = sections;
  if (section === undefined) throw noSection(edit);
  if (second !== undefined)
    throw new Refused(
      'ambiguous-line',
      `${edit.file}: [${edit.section}] stands in lines ${section.header + 1} and ${second.header + 1}, so there is no one place for ${edit.host}`,
    );
  const after = lastHostOf(section, lines);
  const fresh = varsSet(edit.host, { index: 0, host: edit.host, vars: [], listed: true, start: 0 }, edit.vars, edit);
  return joinLines(lineAdded(lines, after, fresh, lineEndOf(text)));
}

/** Puts back what `listHost` found: the line as it was, or none. */
export function unlistHost(text: string, edit: EditOf<'unlist-host'>): string {
  const lines = splitLines(text);
  const sections = placeIn(lines, edit);
  if (edit.was !== null) checkWas(edit.was, edit);
  const listed = onlyListed(sections, edit);
  const was = edit.was;
  if (listed !== undefined) {
    if (was !== null) return withLine(lines, listed.index, was);
    return joinLines(lineRemoved(lines, listed.index));
  }
  if (was === null) return text;
  const there = sections.some(section => lines.slice(section.header, section.end).some(line => line.text === was));
  if (there) return text;
  throw notListed(sections, edit);
}

/** The host's listed line, whole, or undefined. @throws Refused `ambiguous-line` when there is more than one. */
export function listedLine(text: string, place: Place): string | undefined {
  const lines = splitLines(text);
  const entry = onlyListed(placeIn(lines, place), place);
  return entry === undefined ? undefined : lineAt(lines, entry.index);
}

/** The line that `listHost` would uncomment, whole, or undefined. */
export function commentedLine(text: string, place: Place): string | undefined {
  const lines = splitLines(text);
  const entry = entriesOf(placeIn(lines, place), place.host).find(one => !one.listed);
  return entry === undefined ? undefined : lineAt(lines, entry.index);
}

function placeIn(lines: readonly Line[], place: Place): Section[] {
  const sections = sectionsIn(lines).filter(section => section.name === place.section);
  if (sections.length === 0) throw noSection(place);
  return sections;
}

function noSection(place: Place): Refused {
  return new Refused(
    'no-such-line',
    `${place.file} has no section [${place.section}], in which ${place.host} is looked for`,
  );
}

function entriesOf(sections: readonly Section[], host: string): Entry[] {
  return sections.flatMap(section => section.entries.filter(entry => entry.host === host));
}

function onlyListed(sections: readonly Section[], place: Place): Entry | undefined {
  return only(
    entriesOf(sections, place.host).filter(entry => entry.listed),
    place,
    'listed',
  );
}

function only(entries: readonly Entry[], place: Place, how: string): Entry | undefined {
  if (entries.length > 1)
    throw new Refused(
      'ambiguous-line',
      `${place.file}, [${place.section}]: ${place.host} is ${how} more than once, in lines ${entries.map(entry => entry.index + 1).join(', ')}`,
    );
  return entries[0];
}

function notListed(sections: readonly Section[], place: Place): Refused {
  const comment = entriesOf(sections, place.host)[0];
  const range = sections.flatMap(section => section.entries).find(entry => rangeCovers(entry.host, place.host));
  const found =
    comment !== undefined
      ? `it stands there in a comment, in line ${comment.index + 1}`
      : range !== undefined
        ? `${range.host} in line ${range.index + 1} covers it, and a range isn't edited`
        : `the section begins in line ${sections.map(section => section.header + 1).join(' and ')}`;
  return new Refused('no-such-line', `${place.file}, [${place.section}]: ${place.host} isn't listed; ${found}`);
}

function varsSet(line: string, entry: Entry, vars: Readonly<Record<string, string | null>>, place: Place): string {
  let result = line;
  let words = entry.vars;
  for (const [name, value] of Object.entries(vars)) {
    checkVariable(name, value);
    const found = words.filter(word => word.text.startsWith(`${name}=`));
    if (found.length > 1)
      throw new Refused(
        'ambiguous-line',
        `${place.file}, [${place.section}]: line ${entry.index + 1} sets ${name} of ${place.host} twice`,
      );
    const [word] = found;
    if (word === undefined) {
      if (value === null) continue;
      const end = words.at(-1)?.end ?? entry.start + entry.host.length;
      result = `${result.slice(0, end)} ${name}=${value}${result.slice(end)}`;
    } else if (value === null) {
      const space = /[ \t]*$/.exec(result.slice(0, word.start))?.[0].length ?? 0;
      result = result.slice(0, word.start - space) + result.slice(word.end);
    } else result = `${result.slice(0, word.start)}${name}=${value}${result.slice(word.end)}`;
    words = wordsOf(result.slice(entry.start))
      .slice(1)
      .map(one => ({ text: one.text, start: one.start + entry.start, end: one.end + entry.start }));
  }
  return result;
}

/** Index of the line below which a host is added: the last listed one, else the commented ones right below the header. */
function lastHostOf(section: Section, lines: readonly Line[]): number {
  const listed = section.entries.filter(entry => entry.listed).at(-1);
  if (listed !== undefined) return listed.index;
  let last = section.header;
  while (last + 1 < section.end && section.entries.some(entry => entry.index === last + 1 && entry.host.includes('.')))
    last += 1;
  return Math.min(last, lines.length - 1);
}

function lineAt(lines: readonly Line[], index: number): string {
  return lines[index]?.text ?? '';
}

function withLine(lines: readonly Line[], index: number, text: string): string {
  return joinLines(lines.map((line, at) => (at === index ? { text, end: line.end } : line)));
}

function lineAdded(lines: readonly Line[], after: number, text: string, end: '\r\n' | '\n'): Line[] {
  const before = lines[after];
  // A file whose last line has no end keeps having none.
  const last = before !== undefined && before.end === '';
  return [
    ...lines.slice(0, after),
    ...(before === undefined ? [] : [last ? { text: before.text, end } : before]),
    { text, end: last ? '' : end },
    ...lines.slice(after + 1),
  ];
}

function lineRemoved(lines: readonly Line[], index: number): Line[] {
  const rest = lines.filter((_, at) => at !== index);
  const last = rest.at(-1);
  if (lines[index]?.end !== '' || last === undefined) return rest;
  return [...rest.slice(0, -1), { text: last.text, end: '' }];
}

function checkHost(host: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(host)) throw new BadInput('host', `"${host}" is no host name`);
}

function checkVariable(name: string, value: string | null): void {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new BadInput('vars', `"${name}" is no variable's name`);
  if (value === null) return;
  const [word, more] = wordsOf(`${name}=${value}`);
  if (more !== undefined || word?.text !== `${name}=${value}` || /[\r\n]/.test(value) || unclosed(value))
    throw new BadInput('vars', `the value of ${name} must be one word as it stands in the file, quotes included`);
}

function unclosed(value: string): boolean {
  return wordsOf(`${value} end`).length !== (value === '' ? 1 : 2);
}

function checkWas(was: string, place: Place): void {
  const [section] = sectionsIn([
    { text: '[x]', end: '\n' },
    { text: was, end: '' },
  ]);
  if (/[\r\n]/.test(was) || section?.entries[0]?.host !== place.host)
    throw new BadInput('was', `the line to put back isn't a line of ${place.host}`);
}
