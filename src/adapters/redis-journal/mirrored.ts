import type { Entry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import type { RecordHead, RecordHeads } from '#core/record-heads.ts';
import type { Placed } from '#core/seal.ts';
import type { Mirror, MirrorHead } from '#ports/mirror.ts';
import type { Store } from './store.ts';

/** Keeps the mirror complete, and the store to what the mirror knows. */
export class Mirrored {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #marked: () => RecordHeads;

  /** @param marked how far the journals have come by what is kept elsewhere. */
  constructor(store: Store, mirror: Mirror, marked: () => RecordHeads) {
    this.#store = store;
    this.#mirror = mirror;
    this.#marked = marked;
  }

  head(run: string): Promise<MirrorHead> {
    return this.#mirror.head(run);
  }

  /** Highest number of an environment's runs that the mirror knows. */
  async highestNumber(environment: string): Promise<number> {
    const runs = [...(await this.#mirror.runs()), ...this.#marked().keys()];
    return Math.max(0, ...runs.map(run => numberOf(run, environment) ?? 0));
  }

  /**
   * Returns once the mirror holds everything up to a seq on the disk: a process that was killed between the store and the
   * mirror left a gap, another may be about to fill it.
   *
   * What bears no seal, and what comes behind it, isn't taken: the mirror holds only what Ferry wrote.
   *
   * @param fresh entries that the caller has at hand, the last one's seq being `seq`.
   * @throws Halt of the mirror.
   */
  async cover(run: string, seq: number, fresh: readonly Placed[]): Promise<void> {
    const head = await this.#mirror.head(run);
    if (head.synced >= seq) return;
    const entries: Entry[] = [];
    const from = fresh[0]?.entry.seq ?? seq + 1;
    if (head.seq + 1 < from) {
      const between = await this.#store.read(run, head.seq + 1, from - 1);
      entries.push(...between.entries.map(one => one.entry));
    }
    for (const { entry } of fresh) if (entry.seq > head.seq) entries.push(entry);
    const unsealed = entries.findIndex(entry => entry.type === 'unsealed');
    const ours = unsealed < 0 ? entries : entries.slice(0, unsealed);
    // Nobody makes files here by naming runs.
    if (head.seq > 0 || ours.length > 0) await this.#mirror.hold(run, ours);
  }

  /**
   * Whether what was read of the store is what the mirror knows, and as far as the mark says.
   *
   * @throws Halt `store-shorter`, `store-differs`, `store-older`.
   */
  async check(run: string, length: number, read: readonly Placed[]): Promise<void> {
    await this.checkMark(run, length);
    const head = await this.#mirror.head(run);
    if (head.seq > length) {
      // Another process may have appended since we read.
      const again = await this.#store.read(run, head.seq, head.seq);
      if (again.length < head.seq) throw shorter(run, again.length, head.seq);
      await this.#compare(run, again.entries);
    }
    await this.#compare(
      run,
      read.filter(one => one.entry.seq <= head.seq),
    );
  }

  /** Whether a run has come as far as the mark says. @param length of its stream, as it was read. @throws Halt `store-older`. */
  async checkMark(run: string, length: number): Promise<void> {
    const mark = this.#marked().get(run);
    if (mark === undefined) return;
    const inMirror = await this.#mirror.hashAt(run, mark.seq);
    if (inMirror === mark.hash) return;
    // What isn't mirrored here yet, the store may hold; it may have gone on since it was read, too.
    const [there] = inMirror === undefined ? (await this.#store.read(run, mark.seq, mark.seq)).entries : [];
    if (there?.hash !== mark.hash) throw older(run, length, mark);
  }

  async #compare(run: string, read: readonly Placed[]): Promise<void> {
    for (const { entry, hash } of read) {
      const known = await this.#mirror.hashAt(run, entry.seq);
      if (known !== undefined && known !== hash) throw differs(run, entry.seq);
    }
  }
}

/** Number of a run in its environment (`dev-12`: 12), or undefined when it belongs to another one. */
export function numberOf(run: string, environment: string): number | undefined {
  const rest = run.startsWith(`${environment}-`) ? run.slice(environment.length + 1) : '';
  return /^[1-9][0-9]*$/.test(rest) ? Number(rest) : undefined;
}

/** The store lost entries that were acknowledged. */
export function shorter(run: string, length: number, known: number): Halt {
  return new Halt(
    'store-shorter',
    `the store has ${length} entries of ${run}, its mirror ${known}: Redis was wiped or restored from an older copy. Stop Ferry and run "ferry journal restore".`,
  );
}

/** The store and the mirror are both older than what was there once, or another history. */
export function older(run: string, length: number, mark: RecordHead): Halt {
  const had =
    length < mark.seq ? `${length} entries of ${run}, and there were ${mark.seq}` : `another ${run} than there was`;
  return new Halt(
    'store-older',
    `the store has ${had}, by the mark in the chat account: store and mirror are older than they were. Stop Ferry, bring back the newer FERRY_STATE and run "ferry journal restore"; only if it is lost for good: "ferry start --older-record".`,
  );
}

/** The store holds a run and doesn't name it among its runs. */
export function unlisted(run: string): Halt {
  return new Halt(
    'store-differs',
    `the store no longer names ${run} among its runs: somebody altered it. Stop Ferry and run "ferry journal restore".`,
  );
}

/** Somebody wrote to the store who hasn't the journal's key. */
export function unsealed(run: string, seq: number): Halt {
  return new Halt(
    'journal-unsealed',
    `entry ${seq} of ${run} in the store doesn't bear the journal's seal: somebody wrote it who hasn't the key. Nothing is recorded behind it. Look with "ferry journal verify ${run}".`,
  );
}

/** The store holds another history than the one that was acknowledged. */
export function differs(run: string, seq: number): Halt {
  return new Halt(
    'store-differs',
    `entry ${seq} of ${run} in the store isn't the one that was mirrored: this is another Redis, or somebody altered it. Stop Ferry and look with "ferry journal verify ${run}".`,
  );
}
