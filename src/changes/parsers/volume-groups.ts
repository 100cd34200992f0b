/** A logical volume as `lvs --reportformat json -o vg_name,lv_name,lv_active,lv_device_open,lv_dm_path` shows it. */
export interface LogicalVolume {
  readonly group: string;
  readonly name: string;
  /** As mounts show it: `/dev/mapper/copr--backend-data`. */
  readonly device: string;
  readonly active: boolean;
  readonly open: boolean;
}

export const lvsArgv: readonly string[] = [
  ...['lvs', '--reportformat', 'json', '-o', 'vg_name,lv_name,lv_active,lv_device_open,lv_dm_path'],
];
export const vgsArgv: readonly string[] = ['vgs', '--reportformat', 'json', '-o', 'vg_name,vg_autoactivation'];

type Row = Readonly<Record<string, string>>;

export function parseLvs(text: string): LogicalVolume[] {
  return rowsOf(text, 'lv').map(row => ({
    group: row.vg_name ?? '',
    name: row.lv_name ?? '',
    device: row.lv_dm_path ?? '',
    active: row.lv_active === 'active',
    open: row.lv_device_open === 'open',
  }));
}

/** Names of the visible volume groups, and whether each is activated when its disks appear. */
export function parseVgs(text: string): { readonly name: string; readonly autoactivation: boolean }[] {
  return rowsOf(text, 'vg').map(row => ({
    name: row.vg_name ?? '',
    autoactivation: row.vg_autoactivation === 'enabled' || row.vg_autoactivation === '1',
  }));
}

/** @throws SyntaxError, TypeError for what isn't LVM's report: without any it has an empty list. */
function rowsOf(text: string, kind: 'lv' | 'vg'): readonly Row[] {
  const { report } = JSON.parse(text) as { report: Record<typeof kind, Row[]>[] };
  return report.flatMap(one => one[kind]);
}
