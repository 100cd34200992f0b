import { readObject, readObjects } from './objects.ts';

/** A file or link of a tree: git's mode ("100644", "100755", "120000"), and its blob's id. */
export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
}

/** All files and links under a tree, by path. @throws Error when an object is missing. */
export function filesOfTree(dir: string, tree: string): Map<string, TreeEntry> {
  const files = new Map<string, TreeEntry>();
  // A level at a time: what lies in packs is read by a process for each.
  for (let level = [{ path: '', id: tree }]; level.length > 0; ) {
    readObjects(
      dir,
      level.map(({ id }) => id),
    );
    const entries = level.flatMap(({ path, id }) =>
      entriesOf(readObject(dir, id, 'tree')).map(([name, entry]) => [path + name, entry] as const),
    );
    for (const [path, entry] of entries) if (isFile(entry.mode)) files.set(path, entry);
    level = entries.filter(([, { mode }]) => isFolder(mode)).map(([path, { id }]) => ({ path: `${path}/`, id }));
  }
  return files;
}

/** Files and links that differ between two trees, with what they are in the second; undefined: none there any more. */
export function changedFiles(dir: string, from: string, to: string): Map<string, TreeEntry | undefined> {
  const changed = new Map<string, TreeEntry | undefined>();
  compare(dir, '', from, to, changed);
  return new Map([...changed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function compare(
  dir: string,
  path: string,
  from: string | undefined,
  to: string | undefined,
  changed: Map<string, TreeEntry | undefined>,
): void {
  const before = entriesAt(dir, from);
  const after = entriesAt(dir, to);
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(name);
    const is = after.get(name);
    if (was?.id === is?.id && was?.mode === is?.mode) continue;
    if (was !== undefined && isFile(was.mode)) changed.set(path + name, undefined);
    if (is !== undefined && isFile(is.mode)) changed.set(path + name, is);
    const folder = (entry: TreeEntry | undefined) =>
      entry !== undefined && isFolder(entry.mode) ? entry.id : undefined;
    if (folder(was) !== undefined || folder(is) !== undefined)
      compare(dir, `${path}${name}/`, folder(was), folder(is), changed);
  }
}

function entriesAt(dir: string, tree: string | undefined): Map<string, TreeEntry> {
  if (tree === undefined) return new Map();
  return new Map(entriesOf(readObject(dir, tree, 'tree')));
}

/** `<mode> <name>\0<20 bytes of id>`, one after the other. */
function entriesOf(bytes: Buffer): [string, TreeEntry][] {
  const entries: [string, TreeEntry][] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    const id = bytes.toString('hex', end + 1, end + 21);
    entries.push([bytes.toString('utf8', space + 1, end), { mode: bytes.toString('latin1', at, space), id }]);
    at = end + 21;
  }
  return entries;
}

function isFolder(mode: string): boolean {
  return mode === '40000';
}

/** Files and links; a submodule (160000) is neither. */
function isFile(mode: string): boolean {
  return /^1[02]0/.test(mode);
}
