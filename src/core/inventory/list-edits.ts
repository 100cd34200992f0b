import { Refused } from '../errors.ts';
import { checkAddress, placesOf, replacement } from './address.ts';
import type { InventoryEdit } from './edit.ts';
import { lineNumberAt } from './lines.ts';
import { type ListLayout, putAfter, putBefore, spliced, takeOut } from './list-layout.ts';
import { noAddress } from './yaml-edits.ts';
import { type YamlPlace, yamlPlace } from './yaml-place.ts';

type EditOf<Op extends InventoryEdit['op']> = Extract<InventoryEdit, { op: Op }>;

/** Puts a copy with the second address beside each element that names the first. Once it is beside all of them nothing is to do. */
export function addAddress(text: string, edit: EditOf<'add-address'>): string {
  checkAddress(edit.address);
  checkAddress(edit.beside);
  const place = yamlPlace(text, edit.file, edit.key);
  const list = listOf(text, place, edit);
  const beside = naming(list, edit.beside);
  if (beside.length === 0) throw noAddress(place, edit.file, edit.key, edit.beside);
  const copies = beside.map(index => copyOf(list, place, index, edit));
  const there = naming(list, edit.address).map(index => squeezed(sourceOf(list, index)));
  if (there.length > 0) {
    if (there.length === copies.length && copies.every(copy => there.includes(squeezed(copy)))) return text;
    const [first] = placesOf(text, place.scalars, edit.address);
    throw new Refused(
      'ambiguous-line',
      `${edit.file}: ${edit.key} names ${edit.address} already, from line ${lineNumberAt(text, first?.start ?? 0)} on, but not just beside ${edit.beside}: put it in order by hand`,
    );
  }
  const put = edit.where === 'before' ? putBefore : putAfter;
  return spliced(
    text,
    beside.flatMap((index, order) => put(list, index, copies[order] ?? '')),
  );
}

/** Takes out each element that names the address. Where none does nothing is to do. */
export function dropAddress(text: string, edit: EditOf<'drop-address'>): string {
  checkAddress(edit.address);
  const list = listOf(text, yamlPlace(text, edit.file, edit.key), edit);
  const gone = naming(list, edit.address);
  if (gone.length === 0) return text;
  const after = spliced(text, takeOut(list, new Set(gone)));
  if (left(after, edit) !== list.elements.length - gone.length)
    throw new Refused(
      'ambiguous-line',
      `${edit.file}: the lines of ${edit.address} below ${edit.key} are laid out in a way that can't be edited safely: do it by hand`,
    );
  return after;
}

/** How many elements the list has, undefined when it can't be read. */
function left(text: string, { file, key }: { readonly file: string; readonly key: string }): number | undefined {
  try {
    return yamlPlace(text, file, key).list?.elements.length;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

function listOf(
  text: string,
  place: YamlPlace,
  { file, key }: { readonly file: string; readonly key: string },
): ListLayout {
  if (place.list === undefined)
    throw new Refused(
      'no-such-line',
      `${file}, line ${place.line}: ${key} is no list, so no address goes beside another`,
    );
  return { text, ...place.list };
}

function naming(list: ListLayout, address: string): number[] {
  return list.elements.flatMap((element, index) => (placesOf(list.text, [element], address).length > 0 ? [index] : []));
}

function sourceOf(list: ListLayout, index: number): string {
  const element = list.elements[index];
  return element === undefined ? '' : list.text.slice(element.start, element.end);
}

function copyOf(list: ListLayout, place: YamlPlace, index: number, edit: EditOf<'add-address'>): string {
  const element = list.elements[index] ?? { start: 0, end: 0 };
  return placesOf(list.text, [element], edit.beside).reduceRight(
    (copy, span) => {
      const fresh = replacement(list.text, place.scalars, span, { from: edit.beside, to: edit.address });
      return copy.slice(0, span.start - element.start) + fresh.text + copy.slice(fresh.end - element.start);
    },
    sourceOf(list, index),
  );
}

function squeezed(source: string): string {
  return source.replaceAll(/[ \t]+/g, ' ');
}
