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

/** @throws SyntaxError for what isn't findmnt's JSON. Empty text: no mounts. */
export function parseFindmnt(text: string): Mounted[] {
  if (text.trim() === '') return [];
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
