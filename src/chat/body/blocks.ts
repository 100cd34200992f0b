import type { Block, Field, Line, MessageBody, Span } from '#ports/message-body.ts';

export function lines(...all: readonly Line[]): Block {
  return { type: 'lines', lines: all };
}

export function fields(...all: readonly Field[]): Block {
  return { type: 'fields', fields: all };
}

export function field(label: string, value: Line): Field {
  return { label, value };
}

export function list(items: readonly Line[]): Block {
  return { type: 'list', items, ordered: false };
}

export function numbered(items: readonly Line[]): Block {
  return { type: 'list', items, ordered: true };
}

export function columnsOf(rows: readonly (readonly Line[])[]): Block {
  return { type: 'columns', rows };
}

export function output(all: readonly string[]): Block {
  return { type: 'output', lines: all };
}

export function section(title: string, ...blocks: readonly Block[]): Block {
  return { type: 'section', title, blocks };
}

export function details(summary: string, ...blocks: readonly Block[]): Block {
  return { type: 'details', summary, blocks };
}

/** An id, an address, a command. */
export function code(text: string): Span {
  return { code: text };
}

export function strong(text: string): Span {
  return { strong: text };
}

export function spansOf(line: Line): readonly Span[] {
  return typeof line === 'string' ? [line] : line;
}

/** One line of several. */
export function joined(...parts: readonly Line[]): Line {
  return parts.flatMap(part => spansOf(part));
}

/** "@bob @carol " before a line that calls them; nothing for nobody. */
export function callingSpans(people: readonly string[]): Span[] {
  return people.flatMap((person): Span[] => [{ person }, ' ']);
}

/** Several bodies as one message, an empty line between them. */
export function oneAfterAnother(bodies: readonly MessageBody[]): MessageBody {
  const [first = { title: '', blocks: [] }, ...rest] = bodies;
  return {
    ...first,
    blocks: [...first.blocks, ...rest.flatMap(({ title, blocks }) => [lines('', bold(title)), ...blocks])],
  };
}

function bold(line: Line): Line {
  return typeof line === 'string' ? [strong(line)] : line;
}
