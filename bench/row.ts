/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly value: string;
  /** What it should be, in words; absent where it only explains another line. */
  readonly goal?: string;
}

/** The value below which a share of the numbers lies. @throws Error without numbers. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error('no numbers');
  return found;
}

export function inMs(value: number): string {
  return value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`;
}

/** The rows in columns, as plain text. */
export function table(rows: readonly Row[]): string {
  const width = (pick: (row: Row) => string) => Math.max(...rows.map(row => pick(row).length));
  const [what, value] = [width(row => row.what), width(row => row.value)];
  return rows
    .map(row => `${row.what.padEnd(what)}  ${row.value.padStart(value)}  ${row.goal ?? ''}`.trimEnd())
    .join('\n');
}
