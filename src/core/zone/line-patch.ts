/** Lines around a change, by which `git apply` knows its place. */
const around = 3;

/**
 * What changed between two texts with the same number of lines, as a unified diff that `git apply` takes. Empty where
 * nothing did.
 *
 * @param file path in the repository.
 */
export function linePatch(file: string, before: string, after: string): string {
  const [was, is] = [linesOf(before), linesOf(after)];
  if (was.length !== is.length) throw new Error(`${file} has ${is.length} lines, and had ${was.length}`);
  const changed = was.flatMap((line, index) => (line === is[index] ? [] : [index]));
  if (changed.length === 0) return '';
  const hunks: { from: number; to: number }[] = [];
  for (const index of changed) {
    const [from, to] = [Math.max(0, index - around), Math.min(was.length, index + around + 1)];
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return `--- a/${file}\n+++ b/${file}\n${hunks.map(({ from, to }) => hunk(was, is, from, to)).join('')}`;
}

function hunk(was: readonly string[], is: readonly string[], from: number, to: number): string {
  const place = `${from + 1},${to - from}`;
  const lines: string[] = [];
  for (let index = from; index < to; index += 1) {
    const [old = '', now = ''] = [was[index], is[index]];
    lines.push(...(old === now ? [line(' ', old)] : [line('-', old), line('+', now)]));
  }
  return `@@ -${place} +${place} @@\n${lines.join('')}`;
}

function line(sign: string, text: string): string {
  return text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`;
}

/** Each with its end, as it has one. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
