import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { runGit } from './run-git.ts';

/** What git keeps under an id: a file, a folder, a commit. */
export interface GitObject {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Of all repositories: an id is the same object everywhere. */
const known = new Map<string, GitObject>();

/**
 * Objects of a repository by id. A small push leaves each object in a file of its own, which is read here; what lies in a
 * pack is read by one process for all of them, for each process holds up everything else for its fork.
 *
 * @throws Error when one is missing.
 */
export function readObjects(dir: string, ids: readonly string[]): GitObject[] {
  const missing = [...new Set(ids)].filter(id => !known.has(id));
  const packed = missing.filter(id => {
    const loose = readLoose(dir, id);
    if (loose !== undefined) known.set(id, loose);
    return loose === undefined;
  });
  if (packed.length > 0) readPacked(dir, packed);
  return ids.map(id => {
    const object = known.get(id);
    if (object === undefined) throw new Error(`${dir} has no object ${id}`);
    return object;
  });
}

/** One object. @throws Error when it is missing, or of another type. */
export function readObject(dir: string, id: string, type: string): Buffer {
  for (const object of readObjects(dir, [id])) if (object.type === type) return object.bytes;
  throw new Error(`${dir} has no ${type} ${id}`);
}

function readLoose(dir: string, id: string): GitObject | undefined {
  let stored: Buffer;
  try {
    stored = readFileSync(join(dir, 'objects', id.slice(0, 2), id.slice(2)));
  } catch {
    return undefined;
  }
  const whole = inflateSync(stored);
  const end = whole.indexOf(0);
  const [type = ''] = whole.toString('latin1', 0, end).split(' ');
  return { type, bytes: whole.subarray(end + 1) };
}

function readPacked(dir: string, ids: readonly string[]): void {
  const out = runGit(['--git-dir', dir, 'cat-file', '--batch'], { input: ids.map(id => `${id}\n`).join('') });
  let at = 0;
  for (const id of ids) {
    const head = out.indexOf('\n', at);
    const [, type = '', length] = out.toString('latin1', at, Math.max(at, head)).split(' ');
    const end = head + 1 + Number(length);
    if (!(end <= out.length)) throw new Error(`${dir} has no object ${id}`);
    known.set(id, { type, bytes: Buffer.from(out.subarray(head + 1, end)) });
    at = end + 1;
  }
}
