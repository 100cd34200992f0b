import { BadInput, Refused } from '../errors.ts';
import { checkAddress, placesOf, replacement } from './address.ts';
import type { InventoryEdit } from './edit.ts';
import { lineNumberAt } from './lines.ts';
import { type YamlPlace, yamlPlace } from './yaml-place.ts';

type EditOf<Op extends InventoryEdit['op']> = Extract<InventoryEdit, { op: Op }>;

/** Sets a scalar on its one line, in the quotes that it has. */
export function setScalar(text: string, edit: EditOf<'set-scalar'>): string {
  const { scalar, line } = yamlPlace(text, edit.file, edit.key);
  const place = `${edit.file}, line ${line}: ${edit.key}`;
  if (scalar === undefined || scalar.manyLines) throw new Refused('no-such-line', `${place} is no value on one line`);
  if (scalar.value === edit.to) return text;
  if (scalar.value !== edit.from)
    throw new Refused('no-such-line', `${place} is "${scalar.value}", neither "${edit.from}" nor "${edit.to}"`);
  const source = text.slice(scalar.start, scalar.end);
  const bare = scalar.quote === '' ? source : source.slice(1, -1);
  if (bare !== edit.from)
    throw new Refused('no-such-line', `${place} is written with escapes (${source}): set it by hand`);
  checkValue(edit.to, scalar.quote, edit.key);
  return `${text.slice(0, scalar.start)}${scalar.quote}${edit.to}${scalar.quote}${text.slice(scalar.end)}`;
}

/** Replaces an address wherever it stands below the key. Comments are left alone. */
export function replaceAddress(text: string, edit: EditOf<'replace-address'>): string {
  checkAddress(edit.from);
  checkAddress(edit.to);
  const place = yamlPlace(text, edit.file, edit.key);
  const from = placesOf(text, place.scalars, edit.from);
  const [there] = placesOf(text, place.scalars, edit.to);
  if (edit.from === edit.to) return text;
  if (from.length === 0) {
    if (there !== undefined) return text;
    throw noAddress(place, edit.file, edit.key, edit.from);
  }
  if (there !== undefined)
    throw new Refused(
      'ambiguous-line',
      `${edit.file}: ${edit.key} holds ${edit.to} already, in line ${lineNumberAt(text, there.start)}, beside ${edit.from}: replaced, the two couldn't be told apart`,
    );
  return from.reduceRight((result, span) => {
    const { end, text: fresh } = replacement(text, place.scalars, span, edit);
    return result.slice(0, span.start) + fresh + result.slice(end);
  }, text);
}

export function noAddress(place: YamlPlace, file: string, key: string, address: string): Refused {
  const some = place.scalars.slice(0, 4).map(scalar => scalar.value);
  const found = some.length === 0 ? 'nothing' : some.join(', ');
  const more = place.scalars.length > some.length ? ' …' : '';
  return new Refused(
    'no-such-line',
    `${file}, line ${place.line}: ${key} doesn't name ${address}; it holds ${found}${more}`,
  );
}

function checkValue(value: string, quote: '"' | "'" | '', key: string): void {
  const fits =
    quote === ''
      ? /^[A-Za-z0-9_./][A-Za-z0-9_./:@+-]*$/.test(value) && !value.endsWith(':')
      : !value.includes(quote) && !/[\\\p{Cc}]/u.test(value);
  if (!fits) throw new BadInput(key, `"${value}" can't be written as the value of ${key} as it stands`);
}
