/** Of one line: what parts words, and the end of a name. */
const blanks = String.raw`[^\S\r\n]*`;
const behindName = new RegExp(`^(?=${blanks}[:,：，]|\\s|$)${blanks}[:,：，]?${blanks}`);

/**
 * A message that begins by addressing an account, with the account's id in place of what a client wrote there: a link to
 * matrix.to (bare, or as Markdown), the pill of a formatted message with whatever label it has, or one of the account's
 * display names. A colon, a comma or nothing may follow. Lines stay lines, and what stands before the name stays there: it
 * may make code of the line.
 *
 * @param html the formatted body, where there is one. @param names display names by which the account was meant.
 * @returns undefined when the first line begins otherwise.
 */
export function withAccountFirst(
  text: string,
  html: string | undefined,
  account: string,
  names: readonly string[],
): string | undefined {
  const indent = /^[^\S\r\n]*/.exec(text)?.[0] ?? '';
  const rest = restBehind(text.slice(indent.length), html, account, names);
  return rest === undefined ? undefined : `${indent}${account} ${rest}`.trimEnd();
}

/** What follows the address and its colon or comma. */
function restBehind(said: string, html: string | undefined, account: string, names: readonly string[]) {
  const links = ['https://matrix.to/#/', 'matrix:u/'].flatMap(link => [
    `${link}${account}`,
    `${link}${encodeURIComponent(account)}`,
    `${link}${account.slice(1)}`,
  ]);
  const markdown = /^\[(?:\\[^\r\n]|(?!\]\()[^\\\r\n]){0,200}\]\(<?([^)>\s]{1,300})>?\)/.exec(said);
  if (markdown !== null && isLinkTo(markdown[1] ?? '', links)) return behind(said.slice(markdown[0].length));
  const angled = said.startsWith('<') ? said.slice(1) : said;
  const link = /^\S+?(?=[>:,：，]{0,2}(?:\s|$))/.exec(angled)?.[0] ?? '';
  if (isLinkTo(link, links)) return behind(angled.slice(link.length).replace(/^>/, ''));
  const label = html === undefined ? undefined : pillLabel(html, links);
  const labels = label === undefined ? [] : [label, ...markedUp(said, label)];
  const written = [`<${account}>`, account, ...[...labels, ...names].flatMap(one => [one, `@${one}`, `@[${one}]`])];
  for (const one of written.sort((a, b) => b.length - a.length)) {
    if (one.trim() === '' || !said.toLowerCase().startsWith(one.toLowerCase())) continue;
    const found = behind(said.slice(one.length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A pill in bold or italics: some clients leave the signs of Markdown in the text. */
function markedUp(said: string, label: string): string[] {
  const [signs] = /^[*_~]{1,3}/.exec(said) ?? [];
  return signs === undefined ? [] : [`${signs}${label}${signs}`];
}

/** What follows the name, if the name ends there. */
function behind(rest: string): string | undefined {
  const [end] = behindName.exec(rest) ?? [];
  return end === undefined ? undefined : rest.slice(end.length);
}

function isLinkTo(link: string, links: readonly string[]): boolean {
  return links.includes(link.split('?', 1)[0] ?? '');
}

/** Label of the pill that a formatted message begins with, behind a quoted reply; undefined: it begins otherwise. */
function pillLabel(html: string, links: readonly string[]): string | undefined {
  const said = html
    .replace(/^\s*<mx-reply>[\s\S]*?<\/mx-reply>/i, '')
    .replace(/^(?:\s|<(?:p|span|strong|b|em|i|u|del|s)(?:\s[^>]*)?>)+/i, '');
  const pill = /^<a\s[^>]*?href=(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]{0,200}?)<\/a>/i.exec(said);
  if (pill === null || !isLinkTo(plain(pill[1] ?? pill[2] ?? ''), links)) return undefined;
  return plain((pill[3] ?? '').replace(/<[^>]*>/g, '')).trim();
}

function plain(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
