import { type FSWatcher, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '#core/entries.ts';

/** Sees the entries of the journal as soon as they are on the mirror's disk. */
export class MirrorWatch {
  readonly #dir: string;
  readonly #onEntry: (entry: Entry) => void;
  readonly #watcher: FSWatcher;
  readonly #lines = new Map<string, number>();
  readonly #seen = new Set<string>();

  constructor(dir: string, onEntry: (entry: Entry) => void) {
    this.#dir = dir;
    this.#onEntry = onEntry;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#watcher = watch(dir, () => this.#look());
  }

  /** Reads what is new. A line that is half written is read the next time. */
  #look(): void {
    for (const name of readdirSync(this.#dir).filter(file => file.endsWith('.jsonl'))) {
      const lines = readFileSync(join(this.#dir, name), 'utf8').split('\n').slice(0, -1);
      const from = this.#lines.get(name) ?? 0;
      this.#lines.set(name, lines.length);
      for (const line of lines.slice(from)) this.#take(name, line);
    }
  }

  #take(name: string, line: string): void {
    const entry = entryOf(line);
    if (entry === undefined || this.#seen.has(`${name} ${entry.seq}`)) return;
    this.#seen.add(`${name} ${entry.seq}`);
    this.#onEntry(entry);
  }

  stop(): void {
    this.#watcher.close();
  }
}

/** @returns undefined for a line that a killed process left torn. */
function entryOf(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
