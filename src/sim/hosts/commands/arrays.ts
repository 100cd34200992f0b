import { done, failed, type HostCommand, has, split } from '../call.ts';
import { assemble, visibleArrays } from '../devices.ts';
import type { VirtualHost } from '../virtual-host.ts';

/** Whether udev's assembly rules are overridden, below /run or /etc. */
export async function rulesMasked(host: VirtualHost): Promise<boolean> {
  for (const folder of ['/run/udev/rules.d', '/etc/udev/rules.d'])
    for (const file of await host.fs.readdir(folder).catch(() => [] as string[]))
      if (/md-(?:raid-assembly|incremental)/.test(file)) return true;
  return false;
}

export const mdadm: HostCommand = async call => {
  const { host } = call;
  const world = host.kernel.state;
  const { flags, values, operands } = split(call.args, ['--uuid', '-u']);
  const visible = visibleArrays(world, host.state);
  const active = visible.filter(({ array }) => host.state.arrays.includes(array.uuid));
  const named = (path: string) =>
    active.find(({ array }, nth) => [`/dev/md/${array.name}`, `/dev/md${127 - nth}`, array.uuid].includes(path));
  if (has(flags, '--detail', '-D')) {
    if (has(flags, '--scan', '-s'))
      return done(active.map(({ array }) => `ARRAY /dev/md/${array.name} metadata=1.2 UUID=${array.uuid}`).join('\n'));
    const lines: string[] = [];
    for (const path of operands) {
      const found = named(path);
      if (found === undefined) return failed(`mdadm: cannot open ${path}: No such file or directory`);
      const { array, members } = found;
      const full = members.length === array.members.length;
      lines.push(
        `${path}:`,
        '           Version : 1.2',
        `        Raid Level : ${array.level}`,
        `      Raid Devices : ${array.members.length}`,
        `     Total Devices : ${members.length}`,
        `             State : ${full ? 'clean' : 'clean, degraded'} `,
        `    Active Devices : ${members.length}`,
        `   Working Devices : ${members.length}`,
        '    Failed Devices : 0',
        `              Name : ${host.state.name}:${array.name}`,
        `              UUID : ${array.uuid}`,
        '',
        '    Number   Major   Minor   RaidDevice State',
        ...members.map(
          ({ name }, nth) => `       ${nth}     259        ${nth}        ${nth}      active sync   /dev/${name}p1`,
        ),
      );
    }
    return done(lines.join('\n'));
  }
  if (has(flags, '--examine', '-E'))
    return done(
      visible
        .map(({ array }) => `ARRAY /dev/md/${array.name} metadata=1.2 UUID=${array.uuid} name=${array.name}`)
        .join('\n'),
    );
  if (has(flags, '--stop', '-S')) {
    await host.wait(700, call.session);
    const stopping = has(flags, '--scan', '-s') ? active : operands.map(named);
    for (const [nth, found] of stopping.entries()) {
      if (found === undefined) return failed(`mdadm: error opening ${operands[nth]}: No such file or directory`);
      const { array } = found;
      if (host.state.groups.includes(array.volumeGroup))
        return failed(
          `mdadm: Cannot get exclusive access to /dev/md/${array.name}:Perhaps a running process, mounted filesystem or active volume group?`,
        );
      host.state.arrays = host.state.arrays.filter(uuid => uuid !== array.uuid);
      host.effect('array-stopped', { array: array.name, uuid: array.uuid });
    }
    return done();
  }
  if (has(flags, '--assemble', '-A')) {
    await host.wait(1_500, call.session);
    const before = [...host.state.arrays];
    const wanted = values.get('--uuid') ?? values.get('-u');
    const started = assemble(world, host.state).filter(uuid => wanted === undefined || uuid === wanted);
    host.state.arrays = [...before, ...started];
    for (const uuid of started) host.effect('array-assembled', { array: world.arrays[uuid]?.name, uuid });
    const partial = visible.filter(({ array }) => !host.state.arrays.includes(array.uuid));
    const said = [
      ...started.map(
        uuid =>
          `mdadm: /dev/md/${world.arrays[uuid]?.name} has been started with ${world.arrays[uuid]?.members.length} drives.`,
      ),
      ...partial.map(
        ({ array, members }) =>
          `mdadm: /dev/md/${array.name} assembled from ${members.length} drives - not enough to start the array safely.`,
      ),
    ];
    if (started.length === 0 && partial.length === 0)
      return failed(
        visible.length === 0 ? 'mdadm: No arrays found in config file or automatically' : '',
        visible.length === 0 ? 1 : 0,
      );
    return { code: partial.length === 0 ? 0 : 1, out: '', err: `${said.join('\n')}\n` };
  }
  if (has(flags, '--wait', '-W')) return failed('', 1);
  return failed('mdadm: this mode is not known here', 2);
};
