import { patiently } from '#adapters/redis-journal/connect-redis.ts';
import type { Config } from '#estate/config.ts';
import type { OpenStore } from '../cli/open-store.ts';

/** Where BullMQ, which makes its own connections, finds the store; it lives through an absence like all other connections. */
export function wakeConnection(
  { embedded }: { readonly embedded: Pick<NonNullable<OpenStore['embedded']>, 'socket'> | undefined },
  { redisUrl }: Pick<Config, 'redisUrl'>,
) {
  if (embedded !== undefined) return { path: embedded.socket, ...patiently };
  return { url: redisUrl?.reveal() ?? '', ...patiently };
}
