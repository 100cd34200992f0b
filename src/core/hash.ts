import { createHash } from 'node:crypto';
import { canonical } from './json.ts';

/** SHA-256 over canonical JSON, in hex (64 characters). */
export function hashOf(value: unknown): string {
  return hashOfText(canonical(value));
}

/** As `hashOf`, of a value whose canonical JSON is known. */
export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
