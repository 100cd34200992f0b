import { join } from 'node:path';

/** Folder of the mirror in a state folder. */
export function mirrorFolder(state: string): string {
  return join(state, 'journal');
}
