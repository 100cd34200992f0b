import { createInterface, type Interface } from 'node:readline';
import type { InputLine, Terminal } from './live-screen.ts';
import { widthOf } from './terminal-text.ts';

/** Where lines come from and where the room is drawn: `process.stdin` and `process.stdout`. */
export interface TypedStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: Terminal & NodeJS.WritableStream;
}

/** The line at the bottom that somebody types into, or the lines of a pipe: taken one after the other. */
export class TypedInput implements InputLine {
  readonly onTerminal: boolean;
  readonly #streams: TypedStreams;
  readonly #obey: (line: string) => Promise<void>;
  #reader: Interface | undefined;
  #prompt = '';
  #ready: () => void = () => {};
  readonly #isReady = new Promise<void>(resolve => {
    this.#ready = resolve;
  });

  constructor(streams: TypedStreams, obey: (line: string) => Promise<void>) {
    this.#streams = streams;
    this.#obey = obey;
    this.onTerminal = streams.input.isTTY === true && streams.output.isTTY === true;
  }

  /** The room's past is shown: lines may be obeyed. */
  ready(): void {
    this.#ready();
  }

  /** Takes lines until the end of input or the signal; those that came are done when it resolves. */
  async run(signal: AbortSignal, person: string): Promise<void> {
    const reader = createInterface({
      input: this.#streams.input,
      ...(this.onTerminal ? { output: this.#streams.output, terminal: true } : { terminal: false }),
    });
    this.#reader = reader;
    this.rename(person);
    let doing: Promise<void> = Promise.race([this.#isReady, aborted(signal)]);
    let failed: unknown;
    reader.on('line', line => {
      this.#eraseTyped(line);
      doing = doing
        .then(() => (signal.aborted ? undefined : this.#obey(line)))
        .catch((error: unknown) => {
          failed ??= error;
          reader.close();
        });
    });
    reader.on('SIGINT', () => reader.close());
    const closed = new Promise<void>(resolve => reader.once('close', resolve));
    await Promise.race([closed, aborted(signal)]);
    await doing;
    reader.close();
    this.#reader = undefined;
    if (failed !== undefined) throw failed;
  }

  rename(person: string): void {
    this.#prompt = `${person}> `;
    this.#reader?.setPrompt(this.#prompt);
    if (this.onTerminal) this.#reader?.prompt(true);
  }

  rowsAbove(): number {
    return this.#reader?.getCursorPos().rows ?? 0;
  }

  redraw(): void {
    this.#reader?.prompt(true);
  }

  /** What was typed comes back as a message: the typed copy goes. */
  #eraseTyped(line: string): void {
    if (!this.onTerminal) return;
    const columns = this.#streams.output.columns ?? 80;
    const rows = Math.floor(widthOf(this.#prompt + line) / columns) + 1;
    this.#streams.output.write(`\x1b[${rows}A\r\x1b[J`);
    this.#reader?.prompt();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
