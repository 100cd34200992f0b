import { stripVTControlCharacters } from 'node:util';

/** What one task changes, or would change with `--check`. */
export interface TaskChange {
  /** "base : iptables rules". */
  readonly task: string;
  /** The file that `--diff` shows; undefined for a task that shows none. */
  readonly file: string | undefined;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Reads what ansible-playbook prints with `--diff`: a unified diff of each file before the "changed:" of its task. */
export function parseTaskChanges(output: string): TaskChange[] {
  const changes: TaskChange[] = [];
  let task = '';
  let before: string | undefined;
  let open: { file: string | undefined; added: string[]; removed: string[] } | undefined;
  let shown = false;
  for (const line of stripVTControlCharacters(output).replaceAll('\r', '').split('\n')) {
    const [, title] = /^(?:TASK|RUNNING HANDLER) \[(.*)\] \**\s*$/.exec(line) ?? [];
    if (title !== undefined) {
      [task, open, shown] = [title, undefined, false];
    } else if (/^--- before/.test(line)) {
      before = fileOf(line);
      open = undefined;
    } else if (/^\+\+\+ after/.test(line)) {
      // What comes from a template has its own name after, not the file's.
      open = { file: before ?? fileOf(line), added: [], removed: [] };
      changes.push({ task, ...open });
      shown = true;
    } else if (/^changed: \[/.test(line)) {
      if (!shown) changes.push({ task, file: undefined, added: [], removed: [] });
      [open, shown] = [undefined, true];
    } else if (open !== undefined && /^[+-]/.test(line)) {
      (line.startsWith('+') ? open.added : open.removed).push(line.slice(1));
    } else if (open !== undefined && !/^(?: |@@|\\|$)/.test(line)) {
      open = undefined;
    }
  }
  return changes;
}

/**
 * Output of a play, or its last lines, without what `--diff` shows: a template's lines may hold a secret. Ansible's own lines
 * begin with none of these marks; "…" stands before a line that lost its own.
 */
export function withoutDiffs(lines: readonly string[]): string[] {
  return lines.filter(line => !/^[-+ @\\…]/.test(stripVTControlCharacters(line)));
}

function fileOf(line: string): string | undefined {
  return /^(?:--- before|\+\+\+ after): (\S+)/.exec(line)?.[1];
}
