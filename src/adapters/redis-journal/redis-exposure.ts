import { Redis } from 'ioredis';

/** How a given Redis can be reached by somebody who has no business there. */
export interface Exposure {
  /** It isn't on this machine. */
  readonly elsewhere: boolean;
  /** It is spoken to without TLS. */
  readonly plain: boolean;
  /** It does what it is told by whoever comes without a password. */
  readonly open: boolean;
}

/**
 * Looks at an address, and asks that Redis something without saying who we are.
 *
 * @param url `redis://` or `rediss://`, or the path of a socket.
 */
export async function exposureOf(url: string): Promise<Exposure> {
  if (url.startsWith('/')) return { elsewhere: false, plain: true, open: false };
  const { protocol, hostname } = new URL(url);
  return { elsewhere: !isHere(hostname), plain: protocol !== 'rediss:', open: await isOpen(url) };
}

function isHere(hostname: string): boolean {
  return hostname === 'localhost' || /^127(?:\.\d+){3}$/.test(hostname) || hostname === '[::1]';
}

async function isOpen(url: string): Promise<boolean> {
  const nobody = new URL(url);
  nobody.username = '';
  nobody.password = '';
  const redis = new Redis(nobody.href, { lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
