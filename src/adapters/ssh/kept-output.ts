/** How much of an output is kept, in bytes. */
export interface OutputLimit {
  readonly head: number;
  readonly tail: number;
}

/**
 * An output of any length in constant memory: its beginning and its end are kept, and what was between them is counted.
 * Bytes are copied, as a chunk of one byte may hold on to a whole packet.
 */
export class KeptOutput {
  readonly #limit: OutputLimit;
  #head = Buffer.alloc(0);
  #headLength = 0;
  #tail = Buffer.alloc(0);
  /** Bytes that came after the head; the newest `limit.tail` of them are in the ring. */
  #after = 0;

  constructor(limit: OutputLimit) {
    this.#limit = limit;
  }

  /** All that came, in bytes. */
  get length(): number {
    return this.#headLength + this.#after;
  }

  /** How many bytes in the middle are not kept. */
  get cut(): number {
    return Math.max(0, this.#after - this.#limit.tail);
  }

  add(chunk: Buffer): void {
    const first = chunk.subarray(0, this.#limit.head - this.#headLength);
    if (first.length > 0) this.#addToHead(first);
    const rest = chunk.subarray(first.length);
    if (rest.length > 0) this.#addToTail(rest);
  }

  #addToHead(bytes: Buffer): void {
    const wanted = this.#headLength + bytes.length;
    if (wanted > this.#head.length) {
      const larger = Buffer.alloc(Math.min(this.#limit.head, Math.max(wanted, this.#head.length * 2, 4_096)));
      this.#head.copy(larger, 0, 0, this.#headLength);
      this.#head = larger;
    }
    bytes.copy(this.#head, this.#headLength);
    this.#headLength = wanted;
  }

  #addToTail(bytes: Buffer): void {
    const size = this.#limit.tail;
    if (this.#tail.length < size) this.#tail = Buffer.alloc(size);
    const skipped = Math.max(0, bytes.length - size);
    let at = size === 0 ? 0 : (this.#after + skipped) % size;
    for (let from = skipped; from < bytes.length; ) {
      const length = Math.min(size - at, bytes.length - from);
      bytes.copy(this.#tail, at, from, from + length);
      from += length;
      at = (at + length) % size;
    }
    this.#after += bytes.length;
  }

  /** What was kept of it; where something was cut, a line of its own says so in its place. */
  toBuffer(): Buffer {
    const head = this.#head.subarray(0, this.#headLength);
    const size = this.#limit.tail;
    const kept = Math.min(this.#after, size);
    const start = size === 0 ? 0 : (this.#after - kept) % size;
    const tail = Buffer.concat([
      this.#tail.subarray(start, Math.min(start + kept, size)),
      this.#tail.subarray(0, Math.max(0, start + kept - size)),
    ]);
    return this.cut === 0
      ? Buffer.concat([head, tail])
      : Buffer.concat([head, Buffer.from(`\n${cutLine(this.cut)}\n`), tail]);
  }
}

/** The line that stands where output was cut. */
export function cutLine(bytes: number): string {
  return `[${bytes.toLocaleString('en')} bytes of output are cut here]`;
}
