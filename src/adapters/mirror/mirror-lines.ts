import { createHash } from 'node:crypto';
import { Halt } from '#core/errors.ts';

/** One line of a mirror file that is an entry: what the chain needs of it. */
export interface MirrorLine {
  readonly seq: number;
  readonly at: number;
  readonly prev: string;
  readonly hash: string;
}

/**
 * The entries of one run's mirror file, put in order. Lines may come in any order and more than once, since several
 * processes write; what isn't a whole entry (a line that a killed process left torn) is passed over, and shows as a gap
 * if nobody wrote it again.
 */
export class MirrorLines {
  readonly #run: string;
  readonly #lines: MirrorLine[] = [];
  readonly #beyond = new Map<number, MirrorLine>();
  readonly #texts: Map<number, string> | undefined;
  /** How many lines were no entry. */
  damaged = 0;

  /** @param keepTexts whether the lines' texts are wanted, not only whether they fit. */
  constructor(run: string, keepTexts: boolean) {
    this.#run = run;
    this.#texts = keepTexts ? new Map() : undefined;
  }

  /** The lines from 1 on without a gap. */
  get lines(): readonly MirrorLine[] {
    return this.#lines;
  }

  /** The canonical JSON of those lines, when it was kept. */
  get texts(): readonly string[] {
    return this.#lines.map(line => this.#texts?.get(line.seq) ?? '');
  }

  /** Seqs that stand in the file but come after a gap. */
  get beyond(): readonly number[] {
    return [...this.#beyond.keys()].sort((a, b) => a - b);
  }

  /**
   * @throws Halt `mirror-differs`: another entry stands at that seq. `mirror-broken`: it doesn't chain to the one before.
   */
  add(text: string): void {
    const line = parsed(text);
    if (line === undefined) {
      this.damaged += 1;
      return;
    }
    const known = this.#lines[line.seq - 1] ?? this.#beyond.get(line.seq);
    if (known !== undefined) {
      if (known.hash !== line.hash) {
        throw new Halt(
          'mirror-differs',
          `the mirror of ${this.#run} holds two different entries ${line.seq}: two stores wrote to it. Stop every bot but the right one and compare them with "ferry journal verify ${this.#run}".`,
          { evidence: [text] },
        );
      }
      return;
    }
    this.#beyond.set(line.seq, line);
    this.#texts?.set(line.seq, text);
    for (;;) {
      const next = this.#beyond.get(this.#lines.length + 1);
      if (next === undefined) return;
      if (next.prev !== (this.#lines.at(-1)?.hash ?? '')) {
        throw new Halt(
          'mirror-broken',
          `the mirror of ${this.#run} was altered: entry ${next.seq} doesn't chain to entry ${next.seq - 1}.`,
        );
      }
      this.#beyond.delete(next.seq);
      this.#lines.push(next);
    }
  }
}

function parsed(text: string): MirrorLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { seq, at, prev } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(seq) || (seq as number) < 1 || typeof at !== 'number' || typeof prev !== 'string') {
    return undefined;
  }
  // The line is the canonical JSON that the chain is over: its bytes are what is hashed.
  const hash = createHash('sha256').update(text).digest('hex');
  return { seq: seq as number, at, prev, hash };
}
