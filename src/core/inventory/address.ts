import { isIP } from 'node:net';
import { BadInput } from '../errors.ts';
import type { ScalarSpan, Span } from './yaml-place.ts';

/** Something that could belong to an address, so that 172.30.2.9 isn't found in 172.30.2.94. */
const neighbour = /[0-9A-Za-z.:]/;
/** Addresses as they stand in rules and lists; judged by `isIP` afterwards. */
const candidates = /[0-9A-Fa-f:.]{3,}/g;

/** @throws BadInput when it is no IPv4 or IPv6 address. */
export function checkAddress(address: string): void {
  if (isIP(address) === 0) throw new BadInput('address', `"${address}" is no IPv4 or IPv6 address`);
}

/** Where an address stands in the scalars, as whole word; a prefix length behind it doesn't matter. */
export function placesOf(text: string, scalars: readonly Span[], address: string): Span[] {
  return scalars.flatMap(scalar => {
    const places: Span[] = [];
    const source = text.slice(scalar.start, scalar.end);
    for (let at = source.indexOf(address); at >= 0; at = source.indexOf(address, at + 1)) {
      const end = at + address.length;
      if (neighbour.test(source.charAt(at - 1)) || neighbour.test(source.charAt(end))) continue;
      places.push({ start: scalar.start + at, end: scalar.start + end });
    }
    return places;
  });
}

/** All addresses in the scalars with their places, in the file's order. */
export function addressesIn(text: string, scalars: readonly Span[]): (Span & { readonly address: string })[] {
  return scalars.flatMap(scalar => {
    const source = text.slice(scalar.start, scalar.end);
    return [...source.matchAll(candidates)].flatMap(match => {
      const end = match.index + match[0].length;
      if (isIP(match[0]) === 0 || neighbour.test(source.charAt(match.index - 1)) || neighbour.test(source.charAt(end)))
        return [];
      return [{ address: match[0], start: scalar.start + match.index, end: scalar.start + end }];
    });
  });
}

/**
 * What replaces an address at a place, up to the word after it: in a list that is padded into columns the next word keeps
 * its column where it can. Whether it is padded is told by the rows of other addresses, so the way back finds the same answer.
 */
export function replacement(
  text: string,
  scalars: readonly ScalarSpan[],
  place: Span,
  addresses: { readonly from: string; readonly to: string },
): { readonly end: number; readonly text: string } {
  const word = wordAt(text, place.start, limitOf(scalars, place));
  const suffix = text.slice(place.end, word.wordEnd);
  const spaces = word.next - word.wordEnd;
  const column = columnOfOthers(text, scalars, place, addresses);
  const plain = { end: place.end, text: addresses.to };
  if (column === undefined || spaces === 0) return plain;
  const from = columnOf(text, place.start);
  const tight = spaces === 1 && from + (word.wordEnd - place.start) + 1 > column;
  if (columnOf(text, word.next) !== column && !tight) return plain;
  const width = addresses.to.length + suffix.length;
  return { end: word.next, text: `${addresses.to}${suffix}${' '.repeat(Math.max(1, column - from - width))}` };
}

/** The column of the word behind the address that the rows of other addresses share, when they show padding at all. */
function columnOfOthers(
  text: string,
  scalars: readonly ScalarSpan[],
  place: Span,
  { from, to }: { readonly from: string; readonly to: string },
): number | undefined {
  const rows = addressesIn(text, scalars)
    .filter(
      one => one.address !== from && one.address !== to && columnOf(text, one.start) === columnOf(text, place.start),
    )
    .map(one => wordAt(text, one.start, limitOf(scalars, one)))
    .filter(word => word.next > word.wordEnd);
  const [first] = rows;
  if (first === undefined) return undefined;
  const column = columnOf(text, first.next);
  if (rows.some(word => columnOf(text, word.next) !== column)) return undefined;
  return rows.some(word => word.next - word.wordEnd > 1) ? column : undefined;
}

/** End of the scalar that holds a place: padding is looked for inside it only. */
function limitOf(scalars: readonly Span[], place: Span): number {
  return scalars.find(scalar => scalar.start <= place.start && place.end <= scalar.end)?.end ?? place.end;
}

function wordAt(text: string, start: number, limit: number): { readonly wordEnd: number; readonly next: number } {
  let wordEnd = start;
  while (wordEnd < limit && !/[\s'",\]]/.test(text.charAt(wordEnd))) wordEnd += 1;
  let next = wordEnd;
  while (next < limit && text.charAt(next) === ' ') next += 1;
  // Blanks at the end of a line or of a quoted text are no padding.
  return next === limit || /[\r\n'"]/.test(text.charAt(next)) ? { wordEnd, next: wordEnd } : { wordEnd, next };
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
