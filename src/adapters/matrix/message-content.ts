import { Refused } from '#core/errors.ts';
import type { OutgoingMessage } from '#ports/chat.ts';
import { bodyHtml } from './body-html.ts';
import { escaped } from './escaped.ts';
import type { Fields } from './matrix-call.ts';

/** Servers refuse events above 65,536 bytes (Client-Server API, "Size limits"); the rest is for ids, hashes and signatures. */
const maxContent = 60_000;

/** Content of a new message. @throws Refused `message-too-long`: the caller splits it. */
export function messageContent(message: OutgoingMessage): Fields {
  const relation = message.thread === undefined ? {} : { 'm.relates_to': threadRelation(message.thread) };
  const build = (html: string | undefined): Fields => ({
    ...textContent(message, html),
    ...relation,
    'm.mentions': message.mentions.length === 0 ? {} : { user_ids: [...message.mentions] },
    'org.ferry.card': message.card,
  });
  return message.plain === true ? fitting(build, undefined) : fitting(build, formatted(message, message.mentions));
}

/** Content that replaces an earlier message. It mentions nobody: an edit is never news. */
export function editContent(event: string, message: OutgoingMessage): Fields {
  const build = (html: string | undefined): Fields => {
    const fresh = { ...textContent(message, html), 'm.mentions': {}, 'org.ferry.card': message.card };
    return {
      ...textContent({ ...message, text: `* ${message.text}` }, undefined),
      'm.new_content': fresh,
      'm.mentions': {},
      'm.relates_to': { rel_type: 'm.replace', event_id: event },
      'org.ferry.card': message.card,
    };
  };
  return fitting(build, formatted(message, []));
}

/**
 * Content that replaces a message of ours by its own words, byte for byte, with another card and what became of it above them.
 * Clients that know no edits show the same. @throws Refused `message-too-long`.
 */
export function recardContent(
  event: string,
  original: Fields,
  card: OutgoingMessage['card'],
  state: string | undefined,
): Fields {
  const { msgtype, body, formatted_body: html } = original;
  const words = state === undefined ? String(body) : `${state}\n${body}`;
  const drawn = typeof html === 'string' ? html : undefined;
  const stated =
    state === undefined ? drawn : `<strong>${escaped(state)}</strong><br>${drawn ?? breaking(escaped(String(body)))}`;
  const build = (formatted: string | undefined): Fields => ({
    msgtype,
    body: words,
    'm.new_content': {
      msgtype,
      body: words,
      ...(formatted === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: formatted }),
      'm.mentions': {},
      'org.ferry.card': card,
    },
    'm.mentions': {},
    'm.relates_to': { rel_type: 'm.replace', event_id: event },
    'org.ferry.card': card,
  });
  return fitting(build, stated);
}

function breaking(html: string): string {
  return html.replaceAll('\n', '<br>');
}

/** A thread reply's relation; clients that know no threads show it as a reply to the thread's root. */
export function threadRelation(root: string): Fields {
  return { rel_type: 'm.thread', event_id: root, is_falling_back: true, 'm.in_reply_to': { event_id: root } };
}

function textContent(message: Pick<OutgoingMessage, 'text' | 'notify'>, html: string | undefined): Fields {
  return {
    msgtype: message.notify ? 'm.text' : 'm.notice',
    body: message.text,
    ...(html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
  };
}

/** The plain text is complete, so formatting is left out where both don't fit. */
function fitting(build: (html: string | undefined) => Fields, html: string | undefined): Fields {
  for (const content of [build(html), build(undefined)]) {
    if (Buffer.byteLength(JSON.stringify(content)) <= maxContent) return content;
  }
  throw new Refused('message-too-long', 'A message is longer than the chat network takes (64 KB): it must be split.');
}

/**
 * Formatting of a text: columns as `<pre>`, indentation kept, mentioned accounts as links. undefined when the plain
 * text shows the same. Everything is escaped, so nothing of a text becomes markup.
 */
export function htmlOf(text: string, mentions: readonly string[]): string | undefined {
  const lines = text.split('\n');
  const linked = (line: string) => linkMentions(escaped(line), mentions);
  if (!lines.some(line => hasColumns(line) || line.startsWith(' ') || linked(line) !== escaped(line))) return undefined;
  const parts: string[] = [];
  let columns: string[] = [];
  const flush = () => {
    if (columns.length > 0) parts.push(`<pre>${columns.join('\n')}</pre>`);
    columns = [];
  };
  for (const [index, line] of lines.entries()) {
    if (hasColumns(line)) {
      columns.push(escaped(line));
      continue;
    }
    flush();
    const indent = line.length - line.trimStart().length;
    const next = lines[index + 1];
    const end = next === undefined || hasColumns(next) ? '' : '<br>';
    parts.push(`${'&nbsp;'.repeat(indent)}${linked(line.trimStart())}${end}`);
  }
  flush();
  return parts.join('');
}

function formatted({ text, body }: OutgoingMessage, mentions: readonly string[]): string | undefined {
  return body === undefined ? htmlOf(text, mentions) : bodyHtml(body);
}

/** Two spaces or more inside a line: something stands below something. */
function hasColumns(line: string): boolean {
  return /\S {2,}\S/.test(line);
}

/** Turns an account's id, or `@` and its name, into a link that clients show as a mention. */
function linkMentions(html: string, mentions: readonly string[]): string {
  let linked = html;
  for (const account of mentions) {
    const id = escaped(account);
    const name = escaped(account.slice(0, account.indexOf(':') === -1 ? undefined : account.indexOf(':')));
    const link = `<a href="https://matrix.to/#/${encodeURIComponent(account)}">`;
    const pattern = new RegExp(`(?<![\\w/>:%@])(?:${quoted(id)}|${quoted(name)})(?![\\w:.@-]*\\w)`, 'g');
    linked = linked.replace(pattern, found => `${link}${found}</a>`);
  }
  return linked;
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
