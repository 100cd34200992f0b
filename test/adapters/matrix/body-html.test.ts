import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyHtml } from '#adapters/matrix/body-html.ts';
import { plainText } from '#chat/body/plain-text.ts';
import type { Block, Line, MessageBody, Span } from '#ports/message-body.ts';

const html = (...blocks: Block[]) => bodyHtml({ title: 't', blocks }).replace('<strong>t</strong>', '');

describe('a body in Matrix’s HTML', () => {
  it('has a bold title, after whom it calls; a person without an account is text', () => {
    const title: Line = [{ person: 'bob', account: '@b:x.org' }, ' ', { person: 'ann' }, ' ', 'Approve?'];
    expect(bodyHtml({ title, blocks: [] })).toBe(
      '<a href="https://matrix.to/#/%40b%3Ax.org">@bob</a> @ann <strong>Approve?</strong>',
    );
  });

  it('of what is closed has the state in bold, and no longer the title', () => {
    expect(bodyHtml({ state: 'REJECTED by bob', title: 'Approve?', blocks: [] })).toBe(
      '<strong>REJECTED by bob:</strong> Approve?',
    );
  });

  it('breaks between lines, and not where a list or a table stands by itself', () => {
    expect(
      html(
        { type: 'lines', lines: ['a', ['b ', { code: 'vol-1' }]] },
        { type: 'list', ordered: true, items: ['c'] },
        { type: 'fields', fields: [{ label: 'Users', value: 'up' }] },
      ),
    ).toBe('<br>a<br>b <code>vol-1</code><ol><li>c</li></ol><strong>Users:</strong> up');
  });

  it('has a table only where each row fits a phone, a list otherwise', () => {
    const rows = [['builds', 'down since 16:14']];
    expect(html({ type: 'columns', rows })).toContain(
      '<table><tr><td>builds</td><td>down since 16:14</td></tr></table>',
    );
    const wide = [['builds', 'down since 16:14, back about 16:28, in 14 min']];
    expect(html({ type: 'columns', rows: wide })).toBe(
      '<ul><li><strong>builds</strong> · down since 16:14, back about 16:28, in 14 min</li></ul>',
    );
  });

  it('folds what may fold', () => {
    expect(html({ type: 'details', summary: 'all 41', blocks: [{ type: 'lines', lines: ['a', 'b'] }] })).toBe(
      '<details><summary>all 41</summary>a<br>b</details>',
    );
  });

  it('links only to the web', () => {
    expect(html({ type: 'lines', lines: [[{ link: 'javascript:alert(1)', text: 'x' }]] })).toBe('<br>x');
  });

  it('says every word that the plain text says, in its order, and nothing of it is markup', () => {
    fc.assert(
      fc.property(bodies, body => {
        const shown = bodyHtml(body);
        const tags = shown.match(/<\/?[a-z]+(?: [^>]*)?>/g) ?? [];
        expect(tags.join('')).not.toContain('evil');
        const text = shown
          .replace(/<[^>]*>/g, ' ')
          .replace(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => signs[name] ?? '');
        expect(wordsOf(text)).toEqual(wordsOf(plainText(body)));
      }),
    );
  });
});

const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** What is said alone: marks of lists and cells are the network's own. */
function wordsOf(text: string): string {
  return text
    .split(/[\s·:-]+/)
    .filter(word => !/^\d+\.$/.test(word))
    .join('');
}

const text = fc.constantFrom('up', 'a <evil>', '"evil"', "it's & so", '</code><evil x="1">', '&lt;', 'vol');
const span: fc.Arbitrary<Span> = fc.oneof(
  text,
  fc.record({ strong: text }),
  fc.record({ code: text }),
  fc.record({ person: text }),
);
const line: fc.Arbitrary<Line> = fc.oneof(text, fc.array(span, { minLength: 1, maxLength: 3 }));
const leaf: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant('lines' as const), lines: fc.array(line, { maxLength: 3 }) }),
  fc.record({
    type: fc.constant('fields' as const),
    fields: fc.array(fc.record({ label: text, value: line }), { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('list' as const), items: fc.array(line, { maxLength: 3 }), ordered: fc.boolean() }),
  fc.record({
    type: fc.constant('columns' as const),
    rows: fc.array(fc.tuple(line, line), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('output' as const), lines: fc.array(text, { maxLength: 3 }) }),
);
const blocks = fc.array(
  fc.oneof(
    leaf,
    fc.record({ type: fc.constant('section' as const), title: text, blocks: fc.array(leaf, { maxLength: 2 }) }),
    fc.record({ type: fc.constant('details' as const), summary: text, blocks: fc.array(leaf, { maxLength: 2 }) }),
  ),
  { maxLength: 4 },
);
const bodies: fc.Arbitrary<MessageBody> = fc.oneof(
  fc.record({ title: line, blocks }),
  fc.record({ state: text, title: line, blocks }),
);
