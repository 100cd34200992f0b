import type { Block, Line, MessageBody, Span } from '#ports/message-body.ts';
import { spansOf } from './blocks.ts';

/** A message in plain text: complete, whatever a network can draw. */
export function plainText({ state, title, blocks }: MessageBody): string {
  const head = state === undefined ? plainLineOf(title) : `${state}: ${plainLineOf(title)}`;
  return [head, ...blocks.flatMap(outermost)].join('\n');
}

/** Rows stand out from the lines around them; inside a section they are set in already. */
function outermost(block: Block): string[] {
  return block.type === 'columns' ? indented([block]) : plainBlock(block);
}

export function plainLineOf(line: Line): string {
  return spansOf(line).map(plainSpan).join('');
}

function plainSpan(span: Span): string {
  if (typeof span === 'string') return span;
  if ('strong' in span) return span.strong;
  if ('code' in span) return span.code;
  if ('person' in span) return `@${span.person}`;
  return span.text === span.link ? span.link : `${span.text} (${span.link})`;
}

/** Lines of a block, without the last line's end. */
export function plainBlock(block: Block): string[] {
  switch (block.type) {
    case 'lines':
      return block.lines.map(plainLineOf);
    case 'fields':
      return block.fields.map(({ label, value }) => `${label}: ${plainLineOf(value)}`);
    case 'list':
      return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${plainLineOf(item)}`);
    case 'columns':
      return plainColumns(block.rows.map(row => row.map(plainLineOf)));
    case 'output':
      return block.lines.map(line => `  ${line}`);
    case 'section':
      return [`${block.title}:`, ...indented(block.blocks)];
    case 'details':
      return [`${block.summary}:`, ...indented(block.blocks)];
  }
}

function indented(blocks: readonly Block[]): string[] {
  return blocks.flatMap(plainBlock).map(line => `  ${line}`);
}

/** Cells one below the other, two spaces between them. */
export function plainColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows);
  return rows.map(row =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Width of each column, in characters. */
function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const count = Math.max(0, ...rows.map(row => row.length));
  return Array.from({ length: count }, (_, index) =>
    Math.max(0, ...rows.filter(row => index < row.length - 1).map(row => row[index]?.length ?? 0)),
  );
}
