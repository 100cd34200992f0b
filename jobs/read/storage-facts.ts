import { Halt } from '#core/errors.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';
import { mustRead } from './host-facts.ts';

/**
 * The backend's arrays and volume group: every array clean, with all its members, no sync under way.
 *
 * @throws Halt `array-not-clean` naming the array and its state.
 */
export async function storageFacts(shell: ShellReader, host: HostRef): Promise<NonNullable<TargetFacts['storage']>> {
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
  const groups = await mustRead(shell, host, ['vgs', '--noheadings', '-o', 'vg_name']);
  const [volumeGroup = ''] = groups
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  if (volumeGroup === '') throw new Halt('array-not-clean', 'there is no volume group on the arrays');
  return { arrays, volumeGroup };
}

/** How many builders resalloc holds now. */
export async function builderCount(shell: ShellReader, host: HostRef): Promise<number> {
  const list = await mustRead(shell, host, ['resalloc-maint', 'resource-list'], 'resalloc');
  return list.split('\n').filter(line => /^\d+\s/.test(line.trim())).length;
}
