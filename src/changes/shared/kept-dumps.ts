/**
 * Where a run keeps the dumps that it found: beside their folder, so on the same file system. A file `ended` in it says
 * that the run's own dump has ended.
 */
export function keptDumps(folder: string, run: string): string {
  return `${folder}.before-${run}`;
}
