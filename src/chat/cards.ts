import type { Run } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { CardField } from '#ports/chat.ts';
import type { MessageBody } from '#ports/message-body.ts';
import { plainText } from './body/plain-text.ts';
import type { ChatEstate } from './chat-estate.ts';
import type { Outlook } from './outlook.ts';

/** A neutral message: complete in plain text, persons instead of accounts. */
export interface Card {
  readonly text: string;
  /** The same in parts. */
  readonly body?: MessageBody;
  /** Persons who must act or wait for an answer. */
  readonly people: readonly string[];
  /** Accounts that stand for no person and are spoken to all the same. */
  readonly accounts?: readonly string[];
  /** A new message that notifies; otherwise a notice. */
  readonly notify: boolean;
  readonly where: 'room' | 'thread';
  readonly field: CardField;
}

/** A card whose text is its body's. */
export function cardOf(body: MessageBody, rest: Omit<Card, 'text' | 'body'>): Card {
  return { ...rest, body, text: plainText(body) };
}

/** A long text that goes as a file beside its message. */
export interface CardFile {
  readonly name: string;
  readonly text: string;
}

/** What the pure functions that draw cards may know besides the run. */
export interface Drawing {
  readonly estate: ChatEstate;
  readonly procedure: Procedure;
  readonly outlook: Outlook;
  /** Runs that haven't ended, as they are known now; undefined: nobody knows. */
  readonly open?: () => readonly Run[];
}

/** "alice", "alice or bob", "alice, bob or carol". */
export function either(names: readonly string[]): string {
  return joined(names, 'or');
}

/** "alice", "alice and bob", "alice, bob and carol". */
export function both(names: readonly string[]): string {
  return joined(names, 'and');
}

function joined(names: readonly string[], word: string): string {
  if (names.length === 0) return 'nobody';
  if (names.length === 1) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}

/** "@bob @carol " before a text that calls them; '' for nobody. */
export function calling(people: readonly string[]): string {
  return people.length === 0 ? '' : `${people.map(person => `@${person}`).join(' ')} `;
}

/** Names in two columns, the first padded. */
export function columns(rows: readonly (readonly [string, string])[], indent = ''): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}  ${right}`.trimEnd());
}
