import { done, failed, type HostCommand, has, split } from '../call.ts';
import { mapperPath, wholeGroups } from '../devices.ts';

interface Row {
  readonly [column: string]: string;
}

export const vgchange: HostCommand = async call => {
  const { host } = call;
  const { flags, values, operands } = split(call.args, ['-a', '--activate', '--setautoactivation']);
  const letters =
    call.args.find(word => /^-a[ny]/.test(word))?.slice(2) ?? values.get('-a') ?? values.get('--activate');
  await host.wait(600, call.session);
  const world = host.kernel.state;
  const ids = Object.keys(world.volumeGroups).filter(
    id => operands.length === 0 || operands.includes(world.volumeGroups[id]?.name ?? ''),
  );
  const here = ids.filter(id => wholeGroups(world, host.state).includes(id) || host.state.groups.includes(id));
  if (operands.length > 0 && here.length === 0)
    return failed(`  Volume group "${operands[0]}" not found\n  Cannot process volume group ${operands[0]}`, 5);
  for (const id of here) {
    const group = world.volumeGroups[id];
    const auto = values.get('--setautoactivation');
    if (group !== undefined && auto !== undefined && (group.autoactivation ?? true) !== (auto === 'y')) {
      group.autoactivation = auto === 'y';
      host.effect('volume-group-autoactivation', { group: group.name, on: group.autoactivation });
    }
    if (letters?.startsWith('n')) {
      if (host.state.mounts.some(mount => 'group' in mount.on && mount.on.group === id))
        return failed(
          `  Logical volume ${group?.name}/data contains a filesystem in use.\n  Can't deactivate volume group "${group?.name}" with 1 open logical volume(s)`,
          5,
        );
      if (!host.state.groups.includes(id)) continue;
      host.state.groups = host.state.groups.filter(one => one !== id);
      host.effect('volume-group-deactivated', { group: group?.name });
    } else if (letters?.startsWith('y') && !host.state.groups.includes(id)) {
      host.state.groups.push(id);
      host.effect('volume-group-activated', { group: group?.name });
    }
  }
  if (letters === undefined && !flags.includes('--setautoactivation'))
    return failed('  No command with matching syntax recognised.', 3);
  return done(
    here
      .map(
        id =>
          `  ${letters?.startsWith('n') ? 0 : 1} logical volume(s) in volume group "${world.volumeGroups[id]?.name}" now active`,
      )
      .join('\n'),
  );
};

/** vgs, lvs and pvs: the columns that are asked for, as far as they are known here. */
export const lvmReport: HostCommand = ({ host, args, name }) => {
  const { flags, values, operands } = split(args, ['-o', '--options', '--units', '--reportformat', '--separator']);
  const world = host.kernel.state;
  const groups = wholeGroups(world, host.state).flatMap((id): readonly Row[] => {
    const group = world.volumeGroups[id];
    if (group === undefined || (operands.length > 0 && !operands.includes(group.name))) return [];
    const active = host.state.groups.includes(id);
    const common = {
      vg_name: group.name,
      vg_attr: 'wz--n-',
      pv_count: String(group.arrays.length),
      lv_count: '1',
      snap_count: '0',
      vg_size: '640.00g',
      vg_free: '0',
      vg_autoactivation: group.autoactivation === false ? '' : 'enabled',
    };
    if (name === 'pvs')
      return group.arrays.map(uuid => ({
        ...common,
        pv_name: `/dev/md/${world.arrays[uuid]?.name}`,
        pv_fmt: 'lvm2',
        pv_attr: 'a--',
        pv_size: '320.00g',
        pv_free: '0',
      }));
    return [
      {
        ...common,
        lv_name: 'data',
        lv_attr: active ? '-wi-ao----' : '-wi-------',
        lv_active: active ? 'active' : '',
        lv_device_open: host.state.mounts.some(mount => 'group' in mount.on && mount.on.group === id) ? 'open' : '',
        lv_size: '640.00g',
        lv_path: `/dev/${group.name}/data`,
        lv_dm_path: mapperPath(group.name),
      },
    ];
  });
  const defaults =
    {
      vgs: 'vg_name,pv_count,lv_count,snap_count,vg_attr,vg_size,vg_free',
      lvs: 'lv_name,vg_name,lv_attr,lv_size',
      pvs: 'pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free',
    }[name] ?? '';
  const columns = (values.get('-o') ?? values.get('--options') ?? defaults).replace(/^\+/, `${defaults},`).split(',');
  const key = name.slice(0, 2);
  const rows = groups.map(group =>
    columns.map(column => [column, (group as Row)[column] ?? (group as Row)[`${key}_${column}`] ?? ''] as const),
  );
  if (values.get('--reportformat')?.startsWith('json'))
    return done(JSON.stringify({ report: [{ [key]: rows.map(row => Object.fromEntries(row)) }] }));
  const separator = values.get('--separator') ?? ' ';
  const head = has(flags, '--noheadings') ? [] : [`  ${columns.join(separator)}`];
  return done([...head, ...rows.map(row => `  ${row.map(([, value]) => value).join(separator)}`)].join('\n'));
};
