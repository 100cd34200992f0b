import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadInput } from '#core/errors.ts';

function fileOf(state: string): string {
  return join(state, 'store.id');
}

/** Which store a state folder belongs to; undefined when it never had one. */
export function readStoreId(state: string): string | undefined {
  try {
    return readFileSync(fileOf(state), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Keeps which store it belongs to. @param store what the store says of itself.
 *
 * @throws BadInput when the folder belongs to another one.
 */
export function keepStoreId(state: string, store: string): void {
  const known = readStoreId(state);
  if (known === undefined) {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(fileOf(state), `${store}\n`, { mode: 0o600 });
    return;
  }
  if (known === store) return;
  throw new BadInput(
    'REDIS_URL',
    `${state} belongs to another store than the one that answers: its journals aren't there. Put REDIS_URL or FERRY_STATE right; to bring its journals into an empty store, see "ferry journal restore". Only if both are meant, remove ${fileOf(state)}.`,
  );
}
