/** The terminal as far as it is needed: `process.stdout` is one. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
  readonly isTTY?: boolean;
}

/** The line that is being typed, below everything. */
export interface InputLine {
  /** Rows between its first row and the cursor. */
  rowsAbove(): number;
  redraw(): void;
}

interface Block {
  readonly id: string | undefined;
  /** As they stand on the screen. */
  lines: readonly string[];
}

/**
 * A room on a terminal, with the line that is typed below it. Blocks that changed are drawn again where they stand as
 * long as they are on the screen whole; what has scrolled away stays as it was.
 */
export class LiveScreen {
  readonly #terminal: Terminal;
  readonly #input: InputLine | undefined;
  #blocks: Block[] = [];

  constructor(terminal: Terminal, input?: InputLine) {
    this.#terminal = terminal;
    this.#input = input;
  }

  /** Whether blocks can be drawn again: on a terminal that knows where its cursor is. */
  get canRedraw(): boolean {
    return this.#terminal.isTTY === true && (this.#terminal.rows ?? 0) > 3;
  }

  get width(): number {
    return Math.max(40, Math.min(this.#terminal.columns ?? 100, 140));
  }

  append(id: string | undefined, lines: readonly string[]): void {
    if (lines.length === 0) return;
    if (!this.canRedraw) {
      this.#terminal.write(`${lines.join('\n')}\n`);
      return;
    }
    this.#lift(0);
    this.#terminal.write(`${lines.join('\n')}\n`);
    this.#blocks.push({ id, lines });
    this.#forget();
    this.#input?.redraw();
  }

  /** Draws a block anew where it stands. @returns whether it could: false when it has scrolled away. */
  replace(id: string, lines: readonly string[]): boolean {
    const at = this.#blocks.findLastIndex(block => block.id === id);
    const block = this.#blocks[at];
    if (!this.canRedraw || block === undefined) return false;
    const below = this.#blocks.slice(at);
    const height = below.reduce((sum, one) => sum + one.lines.length, 0);
    if (height + (this.#input?.rowsAbove() ?? 0) + 1 > (this.#terminal.rows ?? 0)) return false;
    if (lines.join('\n') === block.lines.join('\n')) return true;
    this.#lift(height);
    block.lines = lines;
    this.#terminal.write(`${below.flatMap(one => one.lines).join('\n')}\n`);
    this.#input?.redraw();
    return true;
  }

  /** After the terminal got another size nothing is where it was: everything is drawn again from the top. */
  redrawAll(draw: (id: string) => readonly string[]): void {
    if (!this.canRedraw) return;
    for (const block of this.#blocks) if (block.id !== undefined) block.lines = draw(block.id);
    this.#terminal.write('\x1b[2J\x1b[H');
    const lines = this.#blocks.flatMap(block => block.lines).slice(-((this.#terminal.rows ?? 24) - 1));
    if (lines.length > 0) this.#terminal.write(`${lines.join('\n')}\n`);
    this.#input?.redraw();
  }

  /** Goes to the start of the row that is so many above the typed line, and clears everything from there. */
  #lift(rows: number): void {
    const up = rows + (this.#input?.rowsAbove() ?? 0);
    this.#terminal.write(`\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[J`);
  }

  /** What is above the screen can't be drawn again. */
  #forget(): void {
    const rows = this.#terminal.rows ?? 24;
    let height = 0;
    let keep = this.#blocks.length;
    while (keep > 0 && height <= rows) height += this.#blocks[--keep]?.lines.length ?? 0;
    this.#blocks = this.#blocks.slice(keep);
  }
}
