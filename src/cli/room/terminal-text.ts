const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Takes away what would act on the terminal instead of standing on it (escape sequences, bidirectional overrides); tabs become spaces. */
export function plain(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '    ')
    .replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, one => (one === '\n' ? '\n' : ''));
}

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += isWide(segment) ? 2 : 1;
  return width;
}

function isWide(grapheme: string): boolean {
  return /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60]/u.test(
    grapheme,
  );
}

/** Breaks a line between words so that no part is wider than `width`; later parts are indented a little deeper. */
export function wrapped(line: string, width: number): readonly string[] {
  if (widthOf(line) <= width) return [line];
  const indent = Math.min(line.length - line.trimStart().length + 2, Math.floor(width / 2));
  const parts: string[] = [];
  let rest = line;
  while (widthOf(rest) > width) {
    const cut = cutAt(rest, width, parts.length === 0 ? 0 : indent);
    parts.push(rest.slice(0, cut).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(cut).trimStart();
  }
  parts.push(rest);
  return parts;
}

/** The last place within the width where a word ends; else the width itself. */
function cutAt(text: string, width: number, least: number): number {
  let [columns, end, space] = [0, 0, 0];
  for (const { segment, index } of segmenter.segment(text)) {
    columns += isWide(segment) ? 2 : 1;
    if (columns > width) break;
    end = index + segment.length;
    if (segment === ' ' && text.slice(0, index).trim() !== '') space = index + 1;
  }
  return space > least ? space : Math.max(end, least + 1);
}
