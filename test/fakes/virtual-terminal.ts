import { Writable } from 'node:stream';

/** A terminal of a few rows that keeps what a person would see: text, line feeds, and the few escape sequences in use. */
export class VirtualTerminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  #lines: string[] = [''];
  /** Index of the screen's first row in `#lines`. */
  #top = 0;
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  override _write(text: string | Buffer, _encoding: string, done: () => void): void {
    // An escape sequence, a return, a line feed, or the text between them.
    for (const part of String(text).split(/(\p{Cc}\[[0-9;]*[A-Za-z]|\r|\n)/u)) this.#take(part);
    done();
  }

  /** The screen's rows, trailing blanks off. */
  get screen(): readonly string[] {
    const rows = this.#lines.slice(this.#top, this.#top + this.rows).map(line => line.trimEnd());
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  /** Everything that was ever scrolled out above, then the screen. */
  get all(): readonly string[] {
    return this.#lines.map(line => line.trimEnd());
  }

  #take(part: string): void {
    if (part === '') return;
    if (part === '\r') this.#column = 0;
    else if (part === '\n') this.#feed();
    else if (part.startsWith('\u001b[')) this.#escape(part.slice(2, -1), part.at(-1) ?? '');
    else this.#print(part);
  }

  #print(text: string): void {
    for (const letter of text) {
      if (this.#column === this.columns) {
        this.#feed();
      }
      const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + letter + line.slice(this.#column + letter.length);
      // What takes two code units is an emoji here, and takes two columns.
      this.#column += letter.length;
    }
  }

  #feed(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= '';
    if (this.#row >= this.#top + this.rows) this.#top = this.#row - this.rows + 1;
  }

  #escape(argument: string, command: string): void {
    const by = Number(argument || 1);
    switch (command) {
      case 'A':
        this.#row = Math.max(this.#top, this.#row - by);
        break;
      case 'B':
        this.#row = Math.min(this.#top + this.rows - 1, this.#row + by);
        break;
      case 'C':
        this.#column += by;
        break;
      case 'D':
        this.#column = Math.max(0, this.#column - by);
        break;
      case 'G':
        this.#column = by - 1;
        break;
      case 'H':
        this.#row = this.#top;
        this.#column = 0;
        break;
      case 'J':
        this.#erase(argument === '2');
        break;
      case 'm':
        break;
      default:
        throw new Error(`the virtual terminal does not know ESC[${argument}${command}`);
    }
    this.#lines[this.#row] ??= '';
  }

  #erase(all: boolean): void {
    if (all) {
      this.#lines.splice(this.#top);
      return;
    }
    this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    this.#lines.splice(this.#row + 1);
  }
}
