import { stripVTControlCharacters } from 'node:util';

/** Control characters, direction marks, zero-width characters: nothing that reorders or hides text. */
const invisible = /(?:\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|[\u{fe00}-\u{fe0f}])+/gu;

/**
 * A line of a machine (output of a command, an error's sentence) as it may stand in a message: one line, nothing invisible,
 * and nothing that calls a whole room.
 */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r?\n|\t/g, ' ')
    .replace(invisible, '')
    .replace(/@(room|channel|here|everyone|all)\b/gi, '(at)$1')
    .replace(/<!/g, '‹!');
}

/**
 * What a person wrote freely, as it may stand in a message: besides, no markup, no mention, and none of the marks by which
 * Ferry's own messages are known (a fake "✅ approved by").
 */
export function harmless(text: string): string {
  return plainLine(text)
    .replace(/\p{Extended_Pictographic}|\u{20e3}|\u{2713}|\u{2717}|\u{2718}|\u{2612}/gu, '')
    .replace(/@/g, '(at)')
    .replace(/</g, '‹')
    .replace(/>/g, '›')
    .replace(/[`*_~|[\]]/g, "'")
    .replace(/["“”]/g, "'")
    .replace(/\s+/g, ' ')
    .trim();
}

/** Lines of a command's output for a message: none empty, the rows of asterisks that Ansible ends its headings with left out. */
export function outputLines(lines: readonly string[]): string[] {
  return lines
    .map(line =>
      plainLine(line)
        .replace(/ *\*{4,}$/, '')
        .slice(0, 400),
    )
    .filter(line => line.trim() !== '');
}

/** A machine's sentence as one that others may follow: it ends with a full stop. */
export function sentence(text: string): string {
  const plain = plainLine(text).trim();
  return plain === '' || /[.!?…]$/.test(plain) ? plain : `${plain}.`;
}

/** A reason in a sentence: `because “…”`, or nothing. */
export function becauseOf(reason: string | null | undefined): string {
  const text = reason === null || reason === undefined ? '' : harmless(reason);
  return text === '' ? '' : ` because “${text}”`;
}

/** What somebody wrote where a name was expected, quoted and cut, so that a refusal can show it. */
export function shown(written: string): string {
  const plain = [...written.slice(0, 60)]
    .map(sign => (/[\x21-\x7e]/.test(sign) && !/[<>@`]/.test(sign) ? sign : `(U+${hex(sign)})`))
    .join('');
  return `“${plain.slice(0, 80)}${written.length > 60 ? '…' : ''}”`;
}

function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
