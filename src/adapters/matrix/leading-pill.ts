/**
 * A message that begins by addressing an account, with the account's id in place of what a client wrote there: a link to
 * matrix.to (bare, or as Markdown), the pill of a formatted message with whatever label it has, or one of the account's
 * display names. A colon, a comma or nothing may follow.
 *
 * @param html the formatted body, where there is one. @param names display names by which the account was meant.
 * @returns undefined when the message begins otherwise.
 */
export function withAccountFirst(
  text: string,
  html: string | undefined,
  account: string,
  names: readonly string[],
): string | undefined {
  const links = ['https://matrix.to/#/', 'matrix:u/'].flatMap(link => [
    `${link}${account}`,
    `${link}${encodeURIComponent(account)}`,
    `${link}${account.slice(1)}`,
  ]);
  const label = html === undefined ? undefined : pillLabel(html, links);
  const written = [...(label === undefined ? [] : [label, `@${label}`]), ...names, ...names.map(name => `@${name}`)];
  const markdown = /^\s*\[[^\]\n]{0,100}\]\(<?([^)>\s]{1,300})>?\)/.exec(text);
  if (markdown !== null && isLinkTo(markdown[1] ?? '', links)) return behind(text.slice(markdown[0].length), account);
  const said = text.trimStart();
  const angled = said.startsWith('<') ? said.slice(1) : said;
  const link = /^\S+?(?=[>:,]{0,2}(?:\s|$))/.exec(angled)?.[0] ?? '';
  if (isLinkTo(link, links)) return behind(angled.slice(link.length).replace(/^>/, ''), account);
  for (const one of [account, ...written.sort((a, b) => b.length - a.length)]) {
    if (one.trim() === '' || !said.toLowerCase().startsWith(one.toLowerCase())) continue;
    const found = behind(said.slice(one.length), account);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What follows the name, if the name ends there. */
function behind(rest: string, account: string): string | undefined {
  if (!/^(?:[:,\s]|$)/.test(rest)) return undefined;
  return `${account} ${rest.replace(/^\s*[:,]?[^\S\n]*/, '')}`.trimEnd();
}

function isLinkTo(link: string, links: readonly string[]): boolean {
  return links.includes(link.split('?', 1)[0] ?? '');
}

/** Label of the pill that a formatted message begins with, behind a quoted reply; undefined: it begins otherwise. */
function pillLabel(html: string, links: readonly string[]): string | undefined {
  const said = html.replace(/^\s*<mx-reply>[\s\S]*?<\/mx-reply>/i, '').replace(/^(?:\s|<p>|<span[^>]*>)+/i, '');
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
