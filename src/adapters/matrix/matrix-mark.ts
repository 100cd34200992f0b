import type { ChatMark } from '#ports/chat.ts';
import { textOf } from './incoming-event.ts';
import { matrixCall, path, ServerRefusal } from './matrix-call.ts';
import type { MatrixClient } from './matrix-sdk.ts';

/** Account data of this type names the store: only the account itself can read and write it. */
const type = 'org.ferry.store';

/** The mark in an account's data. */
export function matrixMark(client: MatrixClient, self: string, patience: number): ChatMark {
  const where = path`client/v3/user/${self}/account_data/${type}`;
  return {
    async mark() {
      try {
        return textOf((await matrixCall(client, { method: 'GET', path: where }, patience)).store);
      } catch (error) {
        if (error instanceof ServerRefusal && error.errcode === 'M_NOT_FOUND') return undefined;
        throw error;
      }
    },
    async setMark(store) {
      await matrixCall(client, { method: 'PUT', path: where, body: { store } }, patience);
    },
  };
}
