import type { OutgoingMessage } from '#ports/chat.ts';
import type { Block, Line, MessageBody, Span } from '#ports/message-body.ts';
import type { Card } from './cards.ts';
import { accountsOf, type ChatEstate } from './chat-estate.ts';

/** A card as it goes to a network: persons with their accounts there. */
export function outgoing(card: Card, estate: ChatEstate, thread: string | undefined): OutgoingMessage {
  return {
    text: card.text,
    ...(card.body === undefined ? {} : { body: addressed(card.body, estate) }),
    mentions: [...new Set([...accountsOf(estate, card.people), ...(card.accounts ?? [])])],
    notify: card.notify,
    thread,
    card: card.field,
  };
}

/** A card without its parts, where its text went in pieces. */
export function inPiece(card: Card, text: string): Card {
  const { body: _body, ...rest } = card;
  return { ...rest, text };
}

function addressed(body: MessageBody, estate: ChatEstate): MessageBody {
  const span = (one: Span): Span => {
    if (typeof one === 'string' || !('person' in one)) return one;
    const [account] = accountsOf(estate, [one.person]);
    return account === undefined ? one : { ...one, account };
  };
  const line = (one: Line): Line => (typeof one === 'string' ? one : one.map(span));
  const block = (one: Block): Block => {
    switch (one.type) {
      case 'lines':
        return { ...one, lines: one.lines.map(line) };
      case 'fields':
        return { ...one, fields: one.fields.map(({ label, value }) => ({ label, value: line(value) })) };
      case 'list':
        return { ...one, items: one.items.map(line) };
      case 'columns':
        return { ...one, rows: one.rows.map(row => row.map(line)) };
      case 'output':
        return one;
      case 'section':
      case 'details':
        return { ...one, blocks: one.blocks.map(block) };
    }
  };
  return { ...body, title: line(body.title), blocks: body.blocks.map(block) };
}
