import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Entry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { hashOf } from '#core/hash.ts';
import { canonical } from '#core/json.ts';
import type { Mirror, MirrorHead } from '#ports/mirror.ts';
import type { MirrorLine } from './mirror-lines.ts';
import { mirrorFile, mirrorRuns, readMirror } from './read-mirror.ts';
import { RunFile, sizeOf, syncFolder } from './run-file.ts';

/** How many runs are kept in mind. */
const remembered = 64;

/**
 * The mirror as a folder of JSON Lines files, one a run (`dev-12.jsonl`), each line an entry's canonical JSON. The folder
 * is made when it isn't there. It must lie outside the store's own folder, best on another disk.
 */
export function fileMirror(dir: string): Mirror {
  return new FileMirror(dir);
}

class FileMirror implements Mirror {
  readonly #dir: string;
  readonly #files = new Map<string, RunFile>();
  /** Heads of runs that aren't kept in mind, good as long as their file is as long as then. */
  readonly #heads = new Map<string, { readonly size: number; readonly head: MirrorHead }>();
  /** Writes to one run come one after the other, so that none sees a gap that another is about to fill. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  async runs(): Promise<readonly string[]> {
    return mirrorRuns(this.#dir);
  }

  async head(run: string): Promise<MirrorHead> {
    const known = this.#files.has(run) ? undefined : this.#heads.get(run);
    if (known !== undefined && known.size === sizeOf(mirrorFile(this.#dir, run))) return known.head;
    const file = this.#file(run);
    file.refresh();
    return headOf(file);
  }

  async hashAt(run: string, seq: number): Promise<string | undefined> {
    const file = this.#file(run);
    file.refresh();
    return file.content.lines[seq - 1]?.hash;
  }

  async read(run: string): Promise<readonly string[]> {
    return readMirror(this.#dir, run).texts;
  }

  async hold(run: string, entries: readonly Entry[]): Promise<void> {
    const before = this.#turns.get(run) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.#hold(run, entries));
    this.#turns.set(run, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(run) === turn) this.#turns.delete(run);
    }
  }

  async #hold(run: string, entries: readonly Entry[]): Promise<void> {
    const parent = mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    if (parent !== undefined) await syncFolder(dirname(parent));
    const file = this.#file(run);
    file.refresh();
    await file.append(missingLines(run, file.content.lines, entries));
  }

  #file(run: string): RunFile {
    let file = this.#files.get(run);
    if (file === undefined) {
      file = new RunFile(run, mirrorFile(this.#dir, run));
      this.#forget();
    } else {
      this.#files.delete(run);
    }
    this.#files.set(run, file);
    return file;
  }

  /** Makes room for one more; a run that comes again is read again. */
  #forget(): void {
    if (this.#files.size < remembered) return;
    for (const [run, file] of this.#files) {
      if (!file.failed) {
        this.#heads.set(run, { size: file.size, head: headOf(file) });
        this.#files.delete(run);
        return;
      }
    }
  }
}

function headOf(file: RunFile): MirrorHead {
  const last = file.content.lines.at(-1);
  return { seq: last?.seq ?? 0, hash: last?.hash ?? '', at: last?.at ?? 0, synced: file.synced };
}

/**
 * The lines that the mirror lacks. Whatever doesn't fit to what it holds is refused before it is written: one wrong line
 * would make the whole file worthless.
 */
function missingLines(run: string, held: readonly MirrorLine[], entries: readonly Entry[]): string[] {
  const missing: string[] = [];
  let next = held.length + 1;
  let prev = held.at(-1)?.hash ?? '';
  for (const entry of entries) {
    if (entry.type === 'unsealed') throw new Error(`entry ${entry.seq} of ${run} bears no seal`);
    const hash = hashOf(entry);
    const known = held[entry.seq - 1];
    const fits = known === undefined ? entry.seq === next && entry.prev === prev : known.hash === hash;
    if (!fits) {
      throw new Halt(
        'mirror-differs',
        `entry ${entry.seq} of ${run} doesn't fit its mirror: the store isn't the one that was mirrored. Look with "ferry journal verify ${run}".`,
        { evidence: [canonical(entry)] },
      );
    }
    if (known !== undefined) continue;
    missing.push(canonical(entry));
    next += 1;
    prev = hash;
  }
  return missing;
}
