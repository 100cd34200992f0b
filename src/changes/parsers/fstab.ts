/** A line that is replaced by another. */
export type LineSwap = { readonly from: string; readonly to: string };

/**
 * The lines of an fstab that must change so that each of these mount points has each of these options. Columns, their
 * padding and comments stay. Mount points without a line need nothing: nothing mounts them at boot. As systemd reads it: slashes at
 * the end of a mount point don't count, and a line may do without options (fstab(5)).
 */
export function fstabSwaps(fstab: string, paths: readonly string[], options: readonly string[]): LineSwap[] {
  const swaps: LineSwap[] = [];
  for (const line of fstab.split('\n')) {
    const match = /^(\s*[^#\s]\S*\s+)(\S+)(\s+\S+)(?:(\s+)(\S+)(.*)|\s*)$/s.exec(line);
    const [, source = '', path = '', type = '', gap = ' ', old = '', rest = ''] = match ?? [];
    if (match === null || !paths.includes(path.replace(/(?<=.)\/+$/, ''))) continue;
    const has = old.split(',').filter(option => option !== '');
    const missing = options.filter(option => !has.includes(option));
    if (missing.length === 0) continue;
    const kept = has.filter(option => option !== 'defaults' || has.length > 1);
    const now = [...kept.filter(option => !contradicts(option, missing)), ...missing].join(',');
    swaps.push({ from: line, to: `${source}${path}${type}${gap}${now}${rest}` });
  }
  return swaps;
}

function contradicts(option: string, added: readonly string[]): boolean {
  return option === 'auto' && added.includes('noauto');
}

/**
 * Replaces whole lines, each of which must stand exactly once.
 *
 * @returns undefined when one of them doesn't.
 */
export function swapLines(text: string, swaps: readonly LineSwap[]): string | undefined {
  const lines = text.split('\n');
  for (const { from, to } of swaps) {
    const at = lines.indexOf(from);
    if (at < 0 || lines.indexOf(from, at + 1) >= 0) return undefined;
    lines[at] = to;
  }
  return lines.join('\n');
}
