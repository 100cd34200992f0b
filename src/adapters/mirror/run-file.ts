import { closeSync, fdatasync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Halt } from '#core/errors.ts';
import { MirrorLines } from './mirror-lines.ts';

const dataSync = promisify(fdatasync);
const newline = 0x0a;

/**
 * The mirror file of one run: JSON Lines, appended to by any number of processes. What this process knows of it is always
 * read back from the file, never remembered from a write.
 */
export class RunFile {
  readonly #run: string;
  readonly #path: string;
  readonly content: MirrorLines;
  /** Highest seq that is known to be on the disk. */
  synced = 0;
  #offset = 0;
  #failed: Halt | undefined;

  /** @param keepTexts whether the lines' texts are wanted, not only whether they fit. */
  constructor(run: string, path: string, keepTexts = false) {
    this.#run = run;
    this.#path = path;
    this.content = new MirrorLines(run, keepTexts);
  }

  /** Whether this process must not forget it: its disk refused a sync. */
  get failed(): boolean {
    return this.#failed !== undefined;
  }

  /** How far it was read, bytes. */
  get size(): number {
    return this.#offset;
  }

  /** Takes in whole lines that were appended since the last time. @throws Halt see the port. */
  refresh(): void {
    const size = sizeOf(this.#path);
    if (size < this.#offset) {
      throw new Halt(
        'mirror-broken',
        `the mirror of ${this.#run} got shorter while in use: ${this.#path}. Put it back from a copy.`,
      );
    }
    if (size === this.#offset) return;
    const bytes = this.#bytes(this.#offset, size - this.#offset);
    const end = bytes.lastIndexOf(newline) + 1;
    // Counted before the lines are judged: a line that is refused is refused once, here, and the refusal is kept.
    this.#offset += end;
    if (this.#failed !== undefined) throw this.#failed;
    try {
      for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') this.content.add(line);
    } catch (error) {
      if (error instanceof Halt) this.#failed = error;
      throw error;
    }
  }

  /**
   * Appends lines with one write and waits until they, and what others wrote before, are on the disk. Each write begins
   * with a line end: a torn line of a process that was killed can't swallow ours, and readers pass over empty lines.
   * fdatasync is enough: it brings the new size along.
   *
   * @throws Halt `mirror-failed`; a disk that once refused a sync is not believed again by this process.
   */
  async append(lines: readonly string[]): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    let syncing = false;
    try {
      const created = statSync(this.#path, { throwIfNoEntry: false }) === undefined;
      const file = openSync(this.#path, 'a', 0o600);
      try {
        if (lines.length > 0) {
          let rest = Buffer.from(`\n${lines.join('\n')}\n`);
          while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
        }
        this.refresh();
        const upTo = this.content.lines.length;
        syncing = true;
        await dataSync(file);
        if (created) await syncFolder(dirname(this.#path));
        this.synced = Math.max(this.synced, upTo);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if (error instanceof Halt) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'error';
      const halt = new Halt(
        'mirror-failed',
        `the journal of ${this.#run} can't be written to its mirror (${code}): ${this.#path}. Make room or mend the disk; nothing goes on before that.`,
        { cause: error },
      );
      if (syncing) this.#failed = halt;
      throw halt;
    }
  }

  #bytes(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const file = openSync(this.#path, 'r');
    try {
      let read = 0;
      while (read < length) {
        const got = readSync(file, bytes, read, length - read, from + read);
        if (got === 0) break;
        read += got;
      }
      return bytes.subarray(0, read);
    } finally {
      closeSync(file);
    }
  }
}

/** Bytes of a file; 0 where there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A new file is there after a crash only once its folder is on the disk too. */
export async function syncFolder(path: string): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await promisify(fdatasync)(folder);
  } finally {
    closeSync(folder);
  }
}
