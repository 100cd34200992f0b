import { placeOf } from '#changes/parsers/findmnt.ts';
import { lvsArgv, parseLvs } from '#changes/parsers/volume-groups.ts';
import { understood } from '#changes/shared/read-or-refuse.ts';
import { Halt } from '#core/errors.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { FileSystemFacts, TargetFacts } from '../facts.ts';
import { mustRead } from './host-facts.ts';

/**
 * The backend's arrays and the volume group of its mounts: every array clean, with all its members, no sync under way.
 *
 * @throws Halt `array-not-clean` naming the array and its state; `not-as-in-estate` where one group doesn't carry the mounts.
 */
export async function storageFacts(
  shell: ShellReader,
  host: HostRef,
  fileSystems: readonly FileSystemFacts[],
): Promise<NonNullable<TargetFacts['storage']>> {
  const scan = await mustRead(shell, host, ['mdadm', '--detail', '--scan']);
  const dead = scan.split('\n').flatMap(line => /^INACTIVE-ARRAY (\S+)/.exec(line)?.[1] ?? []);
  if (dead.length > 0)
    throw new Halt('array-not-clean', `${dead.join(', ')} doesn't run: start it with all its members`);
  const devices = scan.split('\n').flatMap(line => /^ARRAY (\S+)/.exec(line)?.[1] ?? []);
  if (devices.length === 0) throw new Halt('array-not-clean', 'no array is assembled');
  const arrays = [];
  for (const device of devices) {
    const detail = await mustRead(shell, host, ['mdadm', '--detail', device]);
    const field = (name: string) => new RegExp(`^\\s*${name} : (.*)$`, 'm').exec(detail)?.[1]?.trim() ?? '';
    const state = field('State');
    if (!/^(clean|active)\s*$/.test(state.replace(/,\s*$/, '')))
      throw new Halt('array-not-clean', `${device} is ${state}: wait until it is clean`);
    const members = Number(field('Raid Devices'));
    if (Number(field('Active Devices')) !== members) {
      throw new Halt('array-not-clean', `${device} has ${field('Active Devices')} of ${members} members`);
    }
    arrays.push({ device, uuid: field('UUID'), level: field('Raid Level'), members });
  }
  return { arrays, volumeGroup: await volumeGroupOf(shell, host, fileSystems) };
}

/** The volume group that carries what is mounted, whatever else the host has. @throws Halt `not-as-in-estate` */
async function volumeGroupOf(
  shell: ShellReader,
  host: HostRef,
  fileSystems: readonly FileSystemFacts[],
): Promise<string> {
  const volumes = understood(host, lvsArgv, await mustRead(shell, host, lvsArgv), parseLvs);
  const groups = fileSystems.map(({ path, source }) => {
    const { device } = placeOf(source);
    const group = volumes.find(one => one.device === device)?.group;
    if (group === undefined)
      throw new Halt('not-as-in-estate', `${path} is on ${device}, which is in no volume group: its data would stay`);
    return group;
  });
  const [volumeGroup, second] = new Set(groups);
  if (volumeGroup === undefined || second !== undefined) {
    const which = volumeGroup === undefined ? 'none' : `${volumeGroup} and ${second}`;
    throw new Halt('not-as-in-estate', `the mounts must be on one volume group, which is moved; they are on ${which}`);
  }
  return volumeGroup;
}

/** How many builders resalloc holds now. */
export async function builderCount(shell: ShellReader, host: HostRef): Promise<number> {
  const list = await mustRead(shell, host, ['resalloc-maint', 'resource-list'], 'resalloc');
  return list.split('\n').filter(line => /^\d+\s/.test(line.trim())).length;
}
