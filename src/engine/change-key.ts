import { hashOf } from '#core/hash.ts';

/**
 * A change's name outside: run uid, change, generation; it fits EC2's 64 characters and a directory's name. A change whose
 * own name doesn't fit goes by a hash of it: an outage must not find out about long names.
 */
export function keyOf(uid: string, change: string, generation: number): string {
  const key = `${uid}.${change.replaceAll('/', '.')}.g${generation}`;
  if (key.length <= 64 && /^[A-Za-z0-9._-]+$/.test(key)) return key;
  return `${uid}.${hashOf(change).slice(0, 24)}.g${generation}`;
}
