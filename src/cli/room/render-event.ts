import { styleText } from 'node:util';
import { localPart, type Reaction, type RoomItem } from './room-model.ts';
import { plain, widthOf, wrapped } from './terminal-text.ts';

/** How things are drawn; all of it plain data, so that drawing stays pure. */
export interface Look {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** Number and root of the thread that an item belongs to, where there is one. */
  readonly thread?: { readonly number: number; readonly root: RoomItem | undefined } | undefined;
  /** Whether a line shall say which thread begins here: the item before was of another, or of none. */
  readonly threadHead?: boolean;
  /** Reactions below the message; in a transcript they are lines of their own. */
  readonly reactions: boolean;
}

/** Width of the column of senders. */
const column = 8;
const threadIndent = '  ┆ ';

type Style = Parameters<typeof styleText>[0];

function styled(look: Look, style: Style, text: string): string {
  return look.colour ? styleText(style, text, { validateStream: false }) : text;
}

const senderColours: readonly Style[] = ['cyan', 'green', 'magenta', 'blue', 'yellow'];

/** The same person has the same colour everywhere. */
function senderStyle(name: string): Style {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return ['bold', senderColours[sum % senderColours.length] ?? 'cyan'] as Style;
}

/** An item's lines: sender in a column, the text beside it, wrapped; a thread's replies are indented. */
export function renderItem(item: RoomItem, look: Look): readonly string[] {
  if (item.what === 'remark') return [styled(look, 'dim', `${' '.repeat(column)}· ${plain(item.body)}`)];
  const indent = look.thread === undefined ? '' : threadIndent;
  const width = Math.max(20, look.width - column - widthOf(indent) - 1);
  const text = item.redacted ? '(deleted)' : plain(item.body);
  const lines = text.split('\n').flatMap(line => wrapped(line, width));
  const name = plain(localPart(item.sender));
  const body = lines.map((line, index) => {
    const edited = item.edited && index === lines.length - 1 && item.card?.kind !== 'live' ? ' (edited)' : '';
    const head = index === 0 ? senderCell(name, look) : ' '.repeat(column);
    return `${styled(look, 'dim', indent)}${head}${item.redacted ? styled(look, 'dim', line) : line}${styled(look, 'dim', edited)}`;
  });
  const under = look.reactions ? reactionLine(item.reactions, look, `${indent}${' '.repeat(column)}`) : [];
  return [...threadHead(look), ...body, ...under];
}

function senderCell(name: string, look: Look): string {
  const width = widthOf(name);
  const padding = width < column ? ' '.repeat(column - width) : ' ';
  return `${styled(look, senderStyle(name), name)}${padding}`;
}

function threadHead(look: Look): readonly string[] {
  if (look.thread === undefined || look.threadHead !== true) return [];
  const { number, root } = look.thread;
  const first = root?.card?.run ?? plain(root?.body ?? 'a message before this view').split('\n')[0] ?? '';
  const title = `${threadIndent}thread ${number}: ${first}`;
  return [styled(look, 'dim', wrapped(title, look.width - 2)[0] ?? title)];
}

function reactionLine(reactions: readonly Reaction[], look: Look, indent: string): readonly string[] {
  if (reactions.length === 0) return [];
  const by = new Map<string, string[]>();
  for (const one of reactions) {
    const emoji = plain(one.emoji);
    by.set(emoji, [...(by.get(emoji) ?? []), plain(localPart(one.sender))]);
  }
  const text = [...by].map(([emoji, who]) => `${emoji} ${[...new Set(who)].join(', ')}`).join('   ');
  const parts = wrapped(text, Math.max(20, look.width - indent.length - 1));
  return parts.map(part => styled(look, 'dim', `${indent}${part}`));
}

/** A reaction as a line of its own: "bob     ✅". `quote`: say to what, where it isn't plain. */
export function renderReaction(
  reaction: Reaction,
  item: RoomItem,
  look: Look,
  how: { readonly gone: boolean; readonly quote: boolean },
): readonly string[] {
  const emoji = plain(reaction.emoji);
  const name = plain(localPart(reaction.sender));
  const first = plain(item.body).split('\n')[0] ?? '';
  const short = widthOf(first) > 48 ? `${first.slice(0, 47)}…` : first;
  const quote = how.quote ? styled(look, 'dim', `  to ${localPart(item.sender)}: "${short}"`) : '';
  return [`${senderCell(name, look)}${how.gone ? `takes ${emoji} back` : emoji}${quote}`];
}
