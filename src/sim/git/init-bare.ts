import { mkdirSync } from 'node:fs';
import { runGit } from './run-git.ts';

/** Fixed, so that all worlds begin with the same commit. */
export const seededAt = Date.UTC(2026, 0, 1);

/** Makes an empty bare repository in a folder. */
export function initBare(dir: string, branch: string): void {
  mkdirSync(dir, { recursive: true });
  runGit(['init', '--bare', '--quiet', '--template=', `--initial-branch=${branch}`, dir]);
}
