import { createHash } from 'node:crypto';
import { canonical } from './json.ts';

/** SHA-256 over canonical JSON, in hex (64 characters). */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
