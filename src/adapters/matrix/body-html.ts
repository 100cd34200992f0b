import type { Block, Line, MessageBody, Span } from '#ports/message-body.ts';
import { escaped } from './escaped.ts';

/** A row of cells wider than this is a list on a phone, characters. */
const phone = 42;

/**
 * A body as Matrix's HTML subset ("m.room.message msgtypes" of the Client-Server API lists the tags). Everything is escaped, so
 * nothing that anybody said becomes markup.
 */
export function bodyHtml({ state, title, blocks }: MessageBody): string {
  // What is closed says so: its title isn't news any more.
  const head = state === undefined ? titleHtml(title) : `<strong>${escaped(state)}:</strong> ${lineHtml(title)}`;
  return flowing([{ html: head, block: false }, ...blocks.flatMap(blockHtml)]);
}

/** A line, or what stands by itself. */
interface Piece {
  readonly html: string;
  readonly block: boolean;
}

/** Lines end with a break where another line follows; what stands by itself breaks around itself. */
function flowing(pieces: readonly Piece[]): string {
  return pieces
    .map(({ html, block }, index) => {
      const next = pieces[index + 1];
      return block || next === undefined || next.block ? html : `${html}<br>`;
    })
    .join('');
}

function line(html: string): Piece {
  return { html, block: false };
}

function standing(html: string): Piece {
  return { html, block: true };
}

function blockHtml(block: Block): Piece[] {
  switch (block.type) {
    case 'lines':
      return block.lines.map(one => line(lineHtml(one)));
    case 'fields':
      return block.fields.map(({ label, value }) => line(`<strong>${escaped(label)}:</strong> ${lineHtml(value)}`));
    case 'list':
      return block.items.length === 0 ? [] : [standing(listHtml(block.items.map(lineHtml), block.ordered))];
    case 'columns':
      return block.rows.length === 0 ? [] : [standing(columnsHtml(block.rows))];
    case 'output':
      return [standing(`<pre><code>${block.lines.map(escaped).join('\n')}</code></pre>`)];
    case 'section':
      return [line(`<strong>${escaped(block.title)}:</strong>`), ...block.blocks.flatMap(blockHtml)];
    case 'details':
      return [
        standing(
          `<details><summary>${escaped(block.summary)}</summary>${flowing(block.blocks.flatMap(blockHtml))}</details>`,
        ),
      ];
  }
}

function listHtml(items: readonly string[], ordered: boolean): string {
  const tag = ordered ? 'ol' : 'ul';
  return `<${tag}>${items.map(item => `<li>${item}</li>`).join('')}</${tag}>`;
}

/** A table where each row fits a phone; otherwise a list, so that nothing is pushed off the screen. */
function columnsHtml(rows: readonly (readonly Line[])[]): string {
  const cells = Math.max(...rows.map(row => row.length));
  const width = Array.from({ length: cells }, (_, index) =>
    Math.max(...rows.map(row => lengthOf(row[index] ?? ''))),
  ).reduce((sum, one) => sum + one + 2, -2);
  if (width > phone) {
    return listHtml(
      rows.map(([first = '', ...rest]) =>
        [`<strong>${lineHtml(first)}</strong>`, ...rest.filter(cell => lengthOf(cell) > 0).map(lineHtml)].join(' · '),
      ),
      false,
    );
  }
  const row = (all: readonly Line[]) => `<tr>${all.map(cell => `<td>${lineHtml(cell)}</td>`).join('')}</tr>`;
  return `<table>${rows.map(row).join('')}</table>`;
}

function lengthOf(one: Line): number {
  const spans = typeof one === 'string' ? [one] : one;
  return spans.map(textOf).join('').length;
}

function textOf(span: Span): string {
  if (typeof span === 'string') return span;
  if ('strong' in span) return span.strong;
  if ('code' in span) return span.code;
  return 'person' in span ? `@${span.person}` : span.text;
}

export function lineHtml(one: Line): string {
  return (typeof one === 'string' ? [one] : one).map(spanHtml).join('');
}

/** A title is bold, but for whom it calls first: a pill is drawn by the client. */
function titleHtml(title: Line): string {
  const spans = typeof title === 'string' ? [title] : [...title];
  const first = spans.findIndex(span => !(typeof span === 'object' && 'person' in span) && textOf(span).trim() !== '');
  const at = first === -1 ? spans.length : first;
  const rest = lineHtml(spans.slice(at));
  return `${lineHtml(spans.slice(0, at))}${rest === '' ? '' : `<strong>${rest}</strong>`}`;
}

function spanHtml(span: Span): string {
  if (typeof span === 'string') return escaped(span);
  if ('strong' in span) return `<strong>${escaped(span.strong)}</strong>`;
  if ('code' in span) return `<code>${escaped(span.code)}</code>`;
  if ('person' in span) {
    const name = `@${escaped(span.person)}`;
    if (span.account === undefined) return name;
    return `<a href="https://matrix.to/#/${encodeURIComponent(span.account)}">${name}</a>`;
  }
  if (!/^https?:\/\//.test(span.link)) return escaped(span.text);
  return `<a href="${escaped(span.link)}">${escaped(span.text)}</a>`;
}
