/** A block device as `lsblk --json --list --paths --output NAME,SERIAL,FSTYPE,LABEL,UUID` shows it. */
export interface BlockDevice {
  readonly path: string;
  /** An EBS volume's is its id without the dash: `vol0860700f1b82314b5`. */
  readonly serial: string | undefined;
  readonly type: string | undefined;
  readonly label: string | undefined;
  readonly uuid: string | undefined;
}

export const lsblkArgv: readonly string[] = [
  ...['lsblk', '--json', '--list', '--paths', '--output', 'NAME,SERIAL,FSTYPE,LABEL,UUID'],
];

/**
 * Each device once, though one with several parents (a logical volume over two arrays) is listed under each.
 *
 * @throws SyntaxError, TypeError for what isn't lsblk's JSON.
 */
export function parseLsblk(text: string): BlockDevice[] {
  const { blockdevices } = JSON.parse(text) as { blockdevices: Record<string, string | null>[] };
  const devices = new Map<string, BlockDevice>();
  for (const one of blockdevices) {
    const path = one.name ?? '';
    devices.set(path, {
      path,
      serial: one.serial ?? undefined,
      type: one.fstype ?? undefined,
      label: one.label ?? undefined,
      uuid: one.uuid ?? undefined,
    });
  }
  return [...devices.values()];
}

/** The serial number under which a host sees an EBS volume. */
export function serialOf(volume: string): string {
  return volume.replace('vol-', 'vol');
}
