import { Refused } from '../errors.ts';
import { applyEdit } from './apply-edit.ts';
import type { InventoryEdit } from './edit.ts';
import { invertEdit } from './invert-edit.ts';

/** Texts of files by their path in the repository; a missing or undefined one doesn't exist. */
export type Files = Readonly<Record<string, string | undefined>>;

/** Paths that edits touch, each once, in their order. */
export function filesOf(edits: readonly InventoryEdit[]): string[] {
  return [...new Set(edits.map(edit => edit.file))];
}

/**
 * Applies edits in order, each to what the ones before it left.
 *
 * @returns only the files whose text changed.
 * @throws Refused `no-such-file`, and as `applyEdit`.
 */
export function applyEdits(files: Files, edits: readonly InventoryEdit[]): Record<string, string> {
  const after = new Map<string, string>();
  for (const edit of edits) after.set(edit.file, applyEdit(after.get(edit.file) ?? textOf(files, edit.file), edit));
  return Object.fromEntries([...after].filter(([file, text]) => text !== files[file]));
}

/** The edits that take edits back, in the order in which they are to be applied. @throws as `invertEdit`. */
export function invertEdits(files: Files, edits: readonly InventoryEdit[]): InventoryEdit[] {
  const now = new Map<string, string>();
  const inverses = edits.map(edit => {
    const text = now.get(edit.file) ?? textOf(files, edit.file);
    now.set(edit.file, applyEdit(text, edit));
    return invertEdit(text, edit);
  });
  return inverses.reverse();
}

function textOf(files: Files, file: string): string {
  const text = files[file];
  if (text === undefined) throw new Refused('no-such-file', `the inventory has no file ${file}`);
  return text;
}
