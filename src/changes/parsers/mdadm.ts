/** A running array as `mdadm --detail --scan` lists it. */
export interface ListedArray {
  readonly device: string;
  readonly uuid: string;
  /** Listed as INACTIVE-ARRAY: members are missing, it doesn't run. */
  readonly inactive: boolean;
}

export function parseMdadmScan(text: string): ListedArray[] {
  const arrays: ListedArray[] = [];
  for (const line of text.split('\n')) {
    const [, kind, device] = /^(ARRAY|INACTIVE-ARRAY)\s+(\S+)/.exec(line) ?? [];
    const [, uuid] = /\bUUID=([0-9a-f:]+)/.exec(line) ?? [];
    if (device !== undefined && uuid !== undefined) arrays.push({ device, uuid, inactive: kind === 'INACTIVE-ARRAY' });
  }
  return arrays;
}

/** What `mdadm --detail DEVICE` says of an array. */
export interface ArrayDetail {
  readonly uuid: string;
  readonly level: string;
  /** "clean", or "active, degraded, recovering" as a list. */
  readonly state: readonly string[];
  /** How many members it should have. */
  readonly raidDevices: number;
  readonly activeDevices: number;
  readonly failedDevices: number;
  /** Devices of the members that are there. */
  readonly members: readonly string[];
}

export function parseMdadmDetail(text: string): ArrayDetail {
  const field = (name: string) => new RegExp(`^\\s*${name}\\s*:\\s*(.+?)\\s*$`, 'm').exec(text)?.[1] ?? '';
  const rows = text.slice(Math.max(0, text.search(/^\s+Number\s+Major/m))).split('\n');
  return {
    uuid: field('UUID'),
    level: field('Raid Level'),
    state: field('State')
      .split(',')
      .map(word => word.trim())
      .filter(word => word !== ''),
    raidDevices: Number(field('Raid Devices')),
    activeDevices: Number(field('Active Devices')),
    failedDevices: Number(field('Failed Devices')),
    members: rows.flatMap(row => /^\s+\d+\s+\d+\s+\d+\s+\d+\s+.*?(\/dev\/\S+)\s*$/.exec(row)?.[1] ?? []),
  };
}
