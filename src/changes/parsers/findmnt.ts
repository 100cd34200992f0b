/** A mount as `findmnt --json --list --output TARGET,SOURCE,FSTYPE,LABEL,UUID,OPTIONS` shows it. */
export interface Mounted {
  readonly target: string;
  /** A bind mount's ends in the folder that it shows: `/dev/nvme1n1[/pgsql]`. */
  readonly source: string;
  readonly type: string;
  readonly label: string | undefined;
  readonly uuid: string | undefined;
  readonly options: readonly string[];
}

/** What to ask findmnt for. */
export const findmntArgv: readonly string[] = [
  ...['findmnt', '--json', '--list', '--output', 'TARGET,SOURCE,FSTYPE,LABEL,UUID,OPTIONS'],
];

/** @throws SyntaxError, TypeError for what isn't findmnt's JSON: it always has the root. */
export function parseFindmnt(text: string): Mounted[] {
  const { filesystems } = JSON.parse(text) as { filesystems: Record<string, string | null>[] };
  return filesystems.map(one => ({
    target: one.target ?? '',
    source: one.source ?? '',
    type: one.fstype ?? '',
    label: one.label ?? undefined,
    uuid: one.uuid ?? undefined,
    options: (one.options ?? '').split(',').filter(option => option !== ''),
  }));
}

/** The device of a mount, and the folder of its file system that it shows: "/" but for a bind mount or a subvolume. */
export function placeOf(source: string): { readonly device: string; readonly folder: string } {
  const [, device = source, folder = '/'] = /^(.*)\[(\/.*)\]$/.exec(source) ?? [];
  return { device, folder };
}

/** The mount on which a folder lies, or which it is, the topmost of the nearest; never the root disk. */
export function mountBelow(mounts: readonly Mounted[], folder: string): Mounted | undefined {
  const over = mounts.filter(one => one.target !== '/' && `${folder}/`.startsWith(`${one.target}/`));
  const nearest = Math.max(...over.map(one => one.target.length));
  return over.findLast(one => one.target.length === nearest);
}

/**
 * How findmnt shows a bind mount of a folder: `/dev/nvme1n1[/pgsqldb]`, of a whole file system its device alone; undefined where
 * only the root disk is below it.
 */
export function boundSource(mounts: readonly Mounted[], folder: string): string | undefined {
  const on = mountBelow(mounts, folder);
  if (on === undefined) return undefined;
  const { device, folder: shown } = placeOf(on.source);
  const inside = `${shown === '/' ? '' : shown}${folder.slice(on.target.length)}`;
  return inside === '' ? device : `${device}[${inside}]`;
}
