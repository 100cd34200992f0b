/** A plain file as git keeps it. */
export interface FileAt {
  readonly mode: string;
  readonly bytes: Buffer;
}

/** A run reads the head, and what it has committed on. */
const keptCommits = 8;
/** The files that a run edits, some versions back. */
const keptBlobs = 200;

/**
 * What was read of the newest commits that were asked for. Commits and blobs never change, and reading them takes a process
 * each, which holds up everything else for its fork.
 */
export class FilesRead {
  readonly #commits = new Map<string, Map<string, FileAt | undefined>>();
  readonly #blobs = new Map<string, Buffer>();

  /** By path; undefined: no plain file there. To be added to. */
  of(commit: string): Map<string, FileAt | undefined> {
    const files = this.#commits.get(commit) ?? new Map<string, FileAt | undefined>();
    renewed(this.#commits, commit, files, keptCommits);
    return files;
  }

  blob(id: string): Buffer | undefined {
    return this.#blobs.get(id);
  }

  keep(id: string, bytes: Buffer): void {
    renewed(this.#blobs, id, bytes, keptBlobs);
  }
}

/** Puts an entry last, and drops the first ones over the limit. */
export function renewed<T>(kept: Map<string, T>, key: string, value: T, limit: number): void {
  kept.delete(key);
  kept.set(key, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= limit) return;
    kept.delete(oldest);
  }
}
