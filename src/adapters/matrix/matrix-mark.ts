import type { ChatMark, ChatRecord } from '#ports/chat.ts';
import { textOf } from './incoming-event.ts';
import { matrixCall, path, ServerRefusal } from './matrix-call.ts';
import type { MatrixClient } from './matrix-sdk.ts';

/** The marks in an account's data: only the account itself can read and write it. */
export function matrixMark(client: MatrixClient, self: string, patience: number): ChatMark & ChatRecord {
  const where = (type: string) => path`client/v3/user/${self}/account_data/${type}`;
  const get = async (type: string, field: string): Promise<string | undefined> => {
    try {
      return textOf((await matrixCall(client, { method: 'GET', path: where(type) }, patience))[field]);
    } catch (error) {
      if (error instanceof ServerRefusal && error.errcode === 'M_NOT_FOUND') return undefined;
      throw error;
    }
  };
  const set = async (type: string, body: Readonly<Record<string, string>>): Promise<void> => {
    await matrixCall(client, { method: 'PUT', path: where(type), body }, patience);
  };
  return {
    mark: () => get('org.ferry.store', 'store'),
    setMark: store => set('org.ferry.store', { store }),
    record: () => get('org.ferry.record', 'heads'),
    setRecord: heads => set('org.ferry.record', { heads }),
  };
}
