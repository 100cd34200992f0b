/** The files that a patch changes. */
interface Files {
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
}

/**
 * What `git apply` does with a unified diff of files that are there: every line of it must stand where it says, or nothing
 * is changed.
 *
 * @returns undefined when it was applied, else why not.
 */
export async function applyPatch(patch: string, files: Files): Promise<string | undefined> {
  const after = new Map<string, string>();
  for (const part of patch.split(/^--- /m).slice(1)) {
    const path = /^\+\+\+ b\/(.*)$/m.exec(part)?.[1] ?? '';
    const before = await files.read(path);
    if (before === undefined) return `${path}: No such file or directory`;
    const text = patched(before, part);
    if (text === undefined) return `patch failed: ${path}: patch does not apply`;
    after.set(path, text);
  }
  if (after.size === 0) return 'No valid patches in input';
  for (const [path, text] of after) await files.write(path, text);
  return undefined;
}

function patched(before: string, part: string): string | undefined {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const hunk of part.split(/^(?=@@ )/m).slice(1)) {
    const start = Number(/^@@ -(\d+)/.exec(hunk)?.[1]) - 1;
    result.push(...lines.slice(at, start));
    at = start;
    const body = hunk.slice(hunk.indexOf('\n') + 1).replaceAll(/\n\\ No newline at end of file\n/g, '\0\n');
    for (const line of body.match(/[^\n]*\n/g) ?? []) {
      const text = line.slice(1).replace('\0\n', '');
      if (!line.startsWith('+') && lines[at++] !== text) return undefined;
      if (!line.startsWith('-')) result.push(text);
    }
  }
  return [...result, ...lines.slice(at)].join('');
}
