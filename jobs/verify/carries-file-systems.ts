import { blockDevicesOf } from '#changes/shared/host-reads.ts';
import type { Verdict } from '#engine/define-step.ts';
import type { ShellReader } from '#ports/shell.ts';
import { mountsOf } from '../mounts.ts';
import type { Scene } from '../scene.ts';

/**
 * Volumes that a host sees (by NVMe serial) carry each file system of the target straight on them, by its label and UUID, and
 * nothing else there is named alike: looked at before anything is mounted.
 */
export async function carriesFileSystems(
  shell: ShellReader,
  host: { readonly instance: string },
  here: Pick<Scene, 'target' | 'facts'>,
  volumes: readonly string[],
): Promise<Verdict> {
  const { instance } = host;
  const devices = await blockDevicesOf(shell, host);
  const serials = volumes.map(id => id.replace('-', ''));
  const unseen = volumes.filter((_, index) => !devices.some(one => one.serial === serials[index]));
  if (unseen.length > 0) return { ok: false, wait: true, why: `${instance} doesn't see ${unseen.join(', ')} yet` };
  for (const { path, label, uuid: named } of here.target.mounts.filter(one => one.bind === null)) {
    const uuid = mountsOf(here).find(one => one.path === path)?.uuid ?? named ?? null;
    const alike = devices.filter(one => (label === null ? one.uuid === uuid : one.label === label));
    const [device, second] = alike;
    const called = `the file system ${label ?? uuid}`;
    if (device === undefined) return { ok: false, wait: true, why: `${instance} shows nothing with ${called} yet` };
    if (second !== undefined)
      return { ok: false, why: `${alike.map(one => one.path).join(' and ')} of ${instance} both have ${called}` };
    if (!serials.some(serial => device.serial === serial))
      return { ok: false, why: `${called} of ${instance} is on ${device.path}, not on ${volumes.join(', ')}` };
    if (uuid !== null && device.uuid !== uuid)
      return { ok: false, why: `${device.path} of ${instance} has the UUID ${device.uuid}, not ${uuid}` };
  }
  return { ok: true };
}
