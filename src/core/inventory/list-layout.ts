import { Refused } from '../errors.ts';
import { lineEndOf, lineNumberAt } from './lines.ts';
import type { Span } from './yaml-place.ts';

/** One cut of a text: [start, end) is replaced by `text`. */
export interface Splice extends Span {
  readonly text: string;
}

/** A YAML list as it is laid out: where an element can be put beside another, and taken out, so that one undoes the other. */
export interface ListLayout {
  readonly text: string;
  readonly flow: boolean;
  readonly elements: readonly Span[];
}

/** What stands behind an element up to the end of its line, when nothing but a comma and a comment does. */
interface Tail {
  readonly comma: boolean;
  /** Offset behind the line end. */
  readonly end: number;
  readonly lineEnd: string;
}

/** The splices that put a copy behind an element. */
export function putAfter(list: ListLayout, index: number, copy: string): Splice[] {
  const { text } = list;
  const element = elementAt(list, index);
  const tail = tailOf(list, element);
  if (!list.flow) {
    const prefix = dashBefore(list, element);
    if (tail === undefined) throw notEditable(list, element);
    const fresh = tail.lineEnd === '' ? `${lineEndOf(text)}${prefix}${copy}` : `${prefix}${copy}${tail.lineEnd}`;
    return [insert(tail.end, fresh)];
  }
  if (tail !== undefined) {
    const fresh = `${indentFor(list, index)}${copy}${tail.comma ? ',' : ''}${tail.lineEnd}`;
    return [...(tail.comma ? [] : [insert(element.end, ',')]), insert(tail.end, fresh)];
  }
  const own = ownPrefix(text, element);
  const separator = own !== undefined && index > 0 ? `${lineEndOf(text)}${own}` : gapOf(list, index);
  return [insert(element.end, `,${separator}${copy}`)];
}

/** The splices that put a copy before an element. */
export function putBefore(list: ListLayout, index: number, copy: string): Splice[] {
  const { text } = list;
  const element = elementAt(list, index);
  const lineStart = lineStartOf(text, element.start);
  if (!list.flow) return [insert(lineStart, `${dashBefore(list, element)}${copy}${lineEndOf(text)}`)];
  const own = ownPrefix(text, element);
  if (own !== undefined) return [insert(lineStart, `${own}${copy},${lineEndOf(text)}`)];
  const separator =
    tailOf(list, element) === undefined ? gapOf(list, index) : `${lineEndOf(text)}${indentFor(list, index)}`;
  return [insert(element.start, `${copy},${separator}`)];
}

/** The splices that take elements out. */
export function takeOut(list: ListLayout, indexes: ReadonlySet<number>): Splice[] {
  return merged([...indexes].sort((a, b) => a - b).flatMap(index => taken(list, index, indexes)));
}

/** Applies splices, given in any order, none overlapping another. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .map((splice, order) => ({ ...splice, order }))
    .sort((a, b) => b.start - a.start || b.order - a.order)
    .reduce((result, splice) => result.slice(0, splice.start) + splice.text + result.slice(splice.end), text);
}

function taken(list: ListLayout, index: number, all: ReadonlySet<number>): Splice[] {
  const { text } = list;
  const element = elementAt(list, index);
  const tail = tailOf(list, element);
  if (!list.flow) {
    dashBefore(list, element);
    if (tail === undefined) throw notEditable(list, element);
    const start = lineStartOf(text, element.start);
    // The last line of a file that ends without a line end: the one before it goes.
    if (tail.lineEnd === '' && start > 0) return [cut(start - (text[start - 2] === '\r' ? 2 : 1), tail.end)];
    return [cut(start, tail.end)];
  }
  const next = list.elements[index + 1];
  let kept = index - 1;
  while (kept >= 0 && all.has(kept)) kept -= 1;
  const before = list.elements[kept];
  if (tail !== undefined && ownPrefix(text, element) !== undefined) {
    const line = cut(lineStartOf(text, element.start), tail.end);
    if (tail.comma || before === undefined) return [line];
    const comma = /^\s*,/.exec(text.slice(before.end))?.[0].length ?? 0;
    return comma === 0 ? [line] : [cut(before.end + comma - 1, before.end + comma), line];
  }
  if (before !== undefined && !text.slice(before.end, element.start).includes('#'))
    return [cut(before.end, element.end)];
  if (before === undefined && next !== undefined && !text.slice(element.end, next.start).includes('#'))
    return [cut(element.start, next.start)];
  const comma = /^\s*,/.exec(text.slice(element.end))?.[0].length ?? 0;
  return [cut(element.start, element.end + comma)];
}

function elementAt(list: ListLayout, index: number): Span {
  const element = list.elements[index];
  if (element === undefined) throw new RangeError(`no element ${index}`);
  return element;
}

function tailOf(list: ListLayout, element: Span): Tail | undefined {
  const match = (list.flow ? /^[ \t]*(,?)[ \t]*(?:#[^\n]*?)?(\r?\n)/ : /^()[ \t]*(?:#[^\n]*?)?(\r?\n|$)/).exec(
    list.text.slice(element.end),
  );
  if (match === null) return undefined;
  const [whole, comma = '', lineEnd = ''] = match;
  // A comma at the head of the next line: the list is laid out in a way that isn't known here.
  if (list.flow && comma === '' && /^\s*,/.test(list.text.slice(element.end + whole.length))) return undefined;
  return { comma: comma !== '', end: element.end + whole.length, lineEnd };
}

/** The white space before an element that begins its line. */
function ownPrefix(text: string, element: Span): string | undefined {
  const before = text.slice(lineStartOf(text, element.start), element.start);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** Indentation of a new line beside an element: as its own, or a neighbour's, else below its first character. */
function indentFor(list: ListLayout, index: number): string {
  const { text } = list;
  const element = elementAt(list, index);
  const near = [element, list.elements[index + 1], list.elements[index - 1]];
  for (const one of near) {
    const prefix = one === undefined ? undefined : ownPrefix(text, one);
    if (prefix !== undefined) return prefix;
  }
  return ' '.repeat(element.start - lineStartOf(text, element.start));
}

/** White space between two elements on one line. */
function gapOf(list: ListLayout, index: number): string {
  const { elements, text } = list;
  for (const [left, right] of [
    [elements[index], elements[index + 1]],
    [elements[index - 1], elements[index]],
  ]) {
    const gap = left === undefined || right === undefined ? undefined : text.slice(left.end, right.start);
    if (gap !== undefined && /^,[ \t]*$/.test(gap)) return gap.slice(1);
  }
  return ' ';
}

function dashBefore(list: ListLayout, element: Span): string {
  const prefix = list.text.slice(lineStartOf(list.text, element.start), element.start);
  if (!/^[ \t]*-[ \t]+$/.test(prefix)) throw notEditable(list, element);
  return prefix;
}

function notEditable(list: ListLayout, element: Span): Refused {
  return new Refused(
    'ambiguous-line',
    `line ${lineNumberAt(list.text, element.start)} is laid out in a way that can't be edited safely: do it by hand`,
  );
}

function lineStartOf(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function insert(at: number, text: string): Splice {
  return { start: at, end: at, text };
}

function cut(start: number, end: number): Splice {
  return { start, end, text: '' };
}

function merged(cuts: readonly Splice[]): Splice[] {
  const result: Splice[] = [];
  for (const one of [...cuts].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && one.start < last.end)
      result[result.length - 1] = cut(last.start, Math.max(last.end, one.end));
    else result.push(one);
  }
  return result;
}
