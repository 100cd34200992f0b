import { FerryError, Refused } from '../errors.ts';
import { addressesIn, placesOf } from './address.ts';
import { applyEdit } from './apply-edit.ts';
import type { InventoryEdit } from './edit.ts';
import { wordsOf } from './ini.ts';
import { commentedLine, listedLine } from './ini-edits.ts';
import { yamlPlace } from './yaml-place.ts';

/**
 * The edit that takes an edit back, byte for byte. An edit that finds its work done is its own inverse: both change nothing.
 *
 * @param text the file before the edit.
 * @throws Refused `no-inverse` when no edit leads back exactly (a dropped line had a comment of its own); and as `applyEdit`.
 */
export function invertEdit(text: string, edit: InventoryEdit): InventoryEdit {
  const after = applyEdit(text, edit);
  if (after === text) return edit;
  const inverse = candidatesFor(text, edit).find(one => applied(after, one) === text);
  if (inverse === undefined)
    throw new Refused('no-inverse', `${edit.file}: what ${edit.op} changes there can't be put back exactly by an edit`);
  return inverse;
}

function candidatesFor(text: string, edit: InventoryEdit): InventoryEdit[] {
  switch (edit.op) {
    case 'set-host-vars': {
      const line = listedLine(text, edit) ?? '';
      const before = wordsOf(line).slice(1);
      const vars = Object.fromEntries(
        Object.keys(edit.vars).map(name => {
          const word = before.find(one => one.text.startsWith(`${name}=`));
          return [name, word === undefined ? null : word.text.slice(name.length + 1)];
        }),
      );
      return [{ ...edit, vars }, unlist(edit, line)];
    }
    case 'list-host':
      return [unlist(edit, listedLine(text, edit) ?? commentedLine(text, edit) ?? null)];
    case 'unlist-host': {
      const words = wordsOf(listedLine(text, edit) ?? '').slice(1);
      const vars = Object.fromEntries(
        words.map(word => [word.text.slice(0, word.text.indexOf('=')), word.text.slice(word.text.indexOf('=') + 1)]),
      );
      const { file, section, host } = edit;
      return [{ op: 'list-host', file, section, host, vars }, unlist(edit, listedLine(text, edit) ?? null)];
    }
    case 'set-scalar':
    case 'replace-address':
      return [{ ...edit, from: edit.to, to: edit.from }];
    case 'add-address':
      return [{ op: 'drop-address', file: edit.file, key: edit.key, address: edit.address }];
    case 'drop-address':
      return besideNeighbours(text, edit);
  }
}

function unlist(edit: { file: string; section: string; host: string }, was: string | null): InventoryEdit {
  return { op: 'unlist-host', file: edit.file, section: edit.section, host: edit.host, was };
}

/** Beside which neighbour's address the dropped one stood. */
function besideNeighbours(text: string, edit: Extract<InventoryEdit, { op: 'drop-address' }>): InventoryEdit[] {
  const elements = yamlPlace(text, edit.file, edit.key).list?.elements ?? [];
  const index = elements.findIndex(element => placesOf(text, [element], edit.address).length > 0);
  const { file, key, address } = edit;
  return (['after', 'before'] as const).flatMap(where => {
    const neighbour = elements[where === 'after' ? index - 1 : index + 1];
    const addresses = neighbour === undefined ? [] : addressesIn(text, [neighbour]);
    return addresses.map(({ address: beside }): InventoryEdit => {
      const add = { op: 'add-address', file, key, beside, address } as const;
      return where === 'after' ? add : { ...add, where };
    });
  });
}

function applied(text: string, edit: InventoryEdit): string | undefined {
  try {
    return applyEdit(text, edit);
  } catch (error) {
    if (error instanceof FerryError) return undefined;
    throw error;
  }
}
