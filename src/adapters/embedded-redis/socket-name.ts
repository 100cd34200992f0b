import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Longest socket path that Linux takes, in bytes; macOS takes a few less. */
const longest = process.platform === 'darwin' ? 103 : 107;

/**
 * A name under which a socket in a folder can be reached: its own path, or, where that is too long, one through a short
 * link to the folder in the temporary folder.
 *
 * @returns the name, and how to take the link away.
 */
export function socketName(folder: string, file: string): { readonly path: string; readonly forget: () => void } {
  const own = join(resolve(folder), file);
  if (Buffer.byteLength(own) <= longest) return { path: own, forget: () => {} };
  const short = mkdtempSync(join(tmpdir(), 'ferry-'));
  symlinkSync(resolve(folder), join(short, 's'));
  return { path: join(short, 's', file), forget: () => rmSync(short, { recursive: true, force: true }) };
}
