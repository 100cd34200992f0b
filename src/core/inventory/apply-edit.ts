import type { InventoryEdit } from './edit.ts';
import { listHost, setHostVars, unlistHost } from './ini-edits.ts';
import { addAddress, dropAddress } from './list-edits.ts';
import { replaceAddress, setScalar } from './yaml-edits.ts';

/**
 * Applies one edit to a file's text and keeps every other byte. Where the text is as the edit wants it already, it comes
 * back unchanged.
 *
 * @throws Refused `no-such-line`, `ambiguous-line` or `unreadable-yaml`, naming file, place and what was found there.
 * @throws BadInput the edit itself is no edit (an address that is none, a value of several words).
 */
export function applyEdit(text: string, edit: InventoryEdit): string {
  switch (edit.op) {
    case 'set-host-vars':
      return setHostVars(text, edit);
    case 'list-host':
      return listHost(text, edit);
    case 'unlist-host':
      return unlistHost(text, edit);
    case 'set-scalar':
      return setScalar(text, edit);
    case 'replace-address':
      return replaceAddress(text, edit);
    case 'add-address':
      return addAddress(text, edit);
    case 'drop-address':
      return dropAddress(text, edit);
  }
}

/** Whether a text is already as the edit wants it. @throws as `applyEdit`. */
export function isApplied(text: string, edit: InventoryEdit): boolean {
  return applyEdit(text, edit) === text;
}
