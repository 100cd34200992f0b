import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorldView } from './world-view.ts';

/**
 * The world before the upgrade, kept in the demo's folder: a second start that goes on in the middle of a run still
 * compares with what was before it.
 */
export class KeptWorld {
  readonly #file: string;

  constructor(dir: string) {
    this.#file = join(dir, 'before.json');
  }

  /** The kept one; where there is none, the world as it is now is kept. */
  before(now: unknown): WorldView {
    if (!existsSync(this.#file)) this.keep(now);
    return JSON.parse(readFileSync(this.#file, 'utf8')) as WorldView;
  }

  /** A run has ended: the next one begins with this world. */
  keep(now: unknown): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(now), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
