import { Refused } from '#core/errors.ts';
import type { Connection, Listener } from './connection.ts';
import { guardExit } from './guard-script.ts';
import { KeptOutput, type OutputLimit } from './kept-output.ts';

/** An answer of a script that ran: its verdict is taken off the output. */
export interface Judged {
  readonly code: number;
  readonly verdict: string;
  readonly detail: string;
  /** What came behind the verdict; where the middle was cut, a line says so. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Longest line of a verdict that is read, in bytes. */
const verdictLimit = 4_096;

/**
 * Listens to an answer in constant memory and finds the guard's verdict in it, wherever it stands: a profile may have
 * printed something before it, of any length and without a line end.
 */
export class GuardListener implements Listener {
  readonly #mark: string;
  readonly #before = new KeptOutput({ head: 2_048, tail: 0 });
  /** The end of what was heard before the mark, as long as a mark that isn't whole yet. */
  #carry = Buffer.alloc(0);
  #line: KeptOutput | undefined;
  #lineEnded = false;
  readonly #stdout: KeptOutput;
  readonly #stderr = new KeptOutput({ head: 64 * 1024, tail: 64 * 1024 });
  readonly #tooMuch: (() => Error) | undefined;

  /** @param tooMuch the error that ends the wait as soon as something of standard output would have to be cut. */
  constructor(nonce: string, limit: OutputLimit, tooMuch?: () => Error) {
    this.#mark = `${nonce} `;
    this.#stdout = new KeptOutput(limit);
    this.#tooMuch = tooMuch;
  }

  stdout(chunk: Buffer): void {
    const rest = this.#lineEnded ? chunk : this.#afterVerdict(chunk);
    if (rest.length === 0) return;
    this.#stdout.add(rest);
    if (this.#stdout.cut > 0 && this.#tooMuch !== undefined) throw this.#tooMuch();
  }

  stderr(chunk: Buffer): void {
    this.#stderr.add(chunk);
  }

  #afterVerdict(chunk: Buffer): Buffer {
    let rest = chunk;
    if (this.#line === undefined) {
      const heard = Buffer.concat([this.#carry, chunk]);
      const at = heard.indexOf(this.#mark);
      if (at < 0) {
        const keep = Math.min(heard.length, this.#mark.length - 1);
        this.#before.add(heard.subarray(0, heard.length - keep));
        this.#carry = Buffer.from(heard.subarray(heard.length - keep));
        return Buffer.alloc(0);
      }
      this.#line = new KeptOutput({ head: verdictLimit, tail: 0 });
      rest = heard.subarray(at + this.#mark.length);
    }
    const end = rest.indexOf(10);
    this.#line.add(end < 0 ? rest : rest.subarray(0, end));
    this.#lineEnded = end >= 0;
    return end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
  }

  /**
   * @returns undefined where the guard's word isn't in the answer, or not whole.
   */
  judged(code: number): Judged | undefined {
    if (!this.#lineEnded || this.#line === undefined) return undefined;
    const words = this.#line.toBuffer().subarray(0, verdictLimit).toString('utf8');
    const [verdict = '', detail = ''] = words.split(' ', 2);
    return { code, verdict, detail, stdout: this.#stdout.toBuffer(), stderr: this.#stderr.toBuffer() };
  }

  /** What the host said in the guard's place: its first line, or nothing. */
  get said(): string {
    const before = Buffer.concat([this.#before.toBuffer(), this.#carry]);
    return firstLine(this.#stderr.toBuffer()) || firstLine(before);
  }
}

/**
 * @throws Refused what the guard refused: nothing was run.
 */
export function heed(name: string, open: Connection, answer: Judged): Judged {
  const { verdict, detail, code } = answer;
  if (verdict === 'wrong-host' && code === guardExit.wrongHost) {
    open.close();
    throw new Refused(
      'wrong-host',
      `the host at ${open.endpoint.address} says it is ${plain(detail)}, not ${name}: nothing was run`,
      // Its address may have been described from before it moved; it is described anew for the next connection.
      { retry: true },
    );
  }
  if (verdict === 'unidentified' && code === guardExit.unidentified)
    throw new Refused('host-unidentified', `${name} can't say its instance id: nothing was run`, { retry: true });
  if (verdict === 'older-lease' && code === guardExit.olderLease)
    throw new Refused(
      'older-lease',
      `${name} has seen lease ${plain(detail)} of this run, a newer one: nothing was run`,
    );
  if (verdict === 'busy' && code === guardExit.busy)
    throw new Refused(
      'host-busy',
      `on ${name} a command of an older lease of this run is still at work: nothing was run`,
      { retry: true },
    );
  if (verdict === 'no-state' && code === guardExit.noState)
    throw new Refused('no-state', `${name} can't keep the run's directory (disk full or read-only?): nothing was run`, {
      retry: true,
    });
  open.identified = true;
  return answer;
}

/** The first line of what a program complained about, short and plain. */
export function firstLine(stderr: Buffer): string {
  const line =
    stderr
      .toString('utf8')
      .split('\n')
      .find(one => one.trim() !== '') ?? '';
  return plain(line.slice(0, 1_000));
}

/** Without control characters; short enough for a sentence. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 200);
}
