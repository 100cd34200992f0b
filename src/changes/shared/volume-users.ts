import { FerryError } from '#core/errors.ts';
import type { Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { serialOf } from '../parsers/lsblk.ts';
import { blockDevicesOf, holdersOf, mountsOf } from './host-reads.ts';
import { readOrRefuse } from './read-or-refuse.ts';

/**
 * What on its host still uses an EBS volume: mount points with the processes that hold them, arrays. Undefined when nothing
 * shows, or when the host doesn't answer: then only AWS's word counts.
 */
export async function volumeUsers(ports: Readers, host: HostRef, volume: string): Promise<string | undefined> {
  try {
    const devices = await blockDevicesOf(ports.shell, host);
    const disk = devices.find(one => one.serial === serialOf(volume))?.path;
    if (disk === undefined) return undefined;
    const users: string[] = [];
    for (const { source, target } of await mountsOf(ports.shell, host)) {
      if (!isOn(source.split('[', 1)[0] ?? '', disk)) continue;
      const holders = await holdersOf(ports, host, target);
      users.push(holders === undefined ? `mounted on ${target}` : `mounted on ${target}, ${holders}`);
    }
    for (const line of (await readOrRefuse(ports.shell, host, ['cat', '/proc/mdstat'])).split('\n')) {
      const [array, ...words] = line.split(/\s+/);
      const members = words.map(word => `/dev/${word.split('[', 1)[0]}`);
      if (array?.startsWith('md') === true && members.some(member => isOn(member, disk)))
        users.push(`member of the array ${array}`);
    }
    return users.length === 0 ? undefined : users.join('; ');
  } catch (error) {
    if (error instanceof FerryError) return undefined;
    throw error;
  }
}

/** The disk itself, or one of its partitions: `/dev/nvme1n1`, `/dev/nvme1n1p1`. */
function isOn(device: string, disk: string): boolean {
  return device === disk || (device.startsWith(disk) && /^p\d+$/.test(device.slice(disk.length)));
}
