import type { Flight } from './flight.ts';

/** Of the simulator's world, what a way back must bring back. */
interface Seen {
  readonly instances: readonly Readonly<Record<string, unknown> & { InstanceId: string; State: { Name: string } }>[];
  readonly volumes: readonly Readonly<Record<string, unknown> & { VolumeId: string; State: string }>[];
  readonly addresses: readonly Readonly<Record<string, unknown> & { PublicIp: string }>[];
  readonly rooms: readonly { readonly key?: string; readonly topic: string }[];
  readonly hosts: Readonly<Record<string, HostSeen>>;
  readonly files: Readonly<Record<string, unknown>>;
  readonly inventory: Readonly<Record<string, string>>;
  readonly dns: {
    readonly files: Readonly<Record<string, string>>;
    readonly served: Readonly<Record<string, { readonly records: unknown; readonly ttls: unknown }>>;
  };
}

interface HostSeen {
  readonly units: Readonly<Record<string, { readonly active: boolean; readonly enabled: string }>>;
  readonly mounts: readonly unknown[];
  readonly arrays: readonly string[];
  readonly groups: readonly string[];
  readonly builders: readonly unknown[];
  readonly ipv6: readonly string[];
}

/** Files of hosts that a run changes and the way back restores. */
const files = [
  '/etc/fstab',
  '/etc/resallocserver/pools.yaml',
  '/root/.ssh/authorized_keys',
  '/run/udev/rules.d/64-md-raid-assembly.rules',
];

/** The world as it is to be found again, byte for byte where it has bytes. */
export function outline(flight: Flight): Seen {
  const world = flight.world() as unknown as Seen;
  const states = flight.simulator.kernel.state.hosts as Record<string, { files?: Record<string, unknown> }>;
  return {
    ...world,
    files: Object.fromEntries(
      Object.keys(world.hosts).flatMap(id => files.map(path => [`${id}:${path}`, states[id]?.files?.[path] ?? null])),
    ),
  };
}

/** What differs from before, one line each; a new instance must be kept, stopped and tagged, a new volume deleted. */
export function differences(before: Seen, after: Seen): string[] {
  const found: string[] = [];
  const compare = (what: string, was: unknown, is: unknown) => {
    const [a, b] = [JSON.stringify(was), JSON.stringify(is)];
    if (a !== b) found.push(`${what}: ${b}, was ${a}`);
  };
  for (const { InstanceId: id, State, ...is } of after.instances) {
    const was = before.instances.find(one => one.InstanceId === id);
    if (was === undefined) {
      const tags = is.Tags as readonly { readonly Key: string; readonly Value: string }[];
      const kept = tags.some(tag => tag.Key === 'CoprFedoraNextWorkflow' && tag.Value === 'turned-back');
      if (State.Name !== 'stopped' || !kept || is.DisableApiTermination !== true)
        found.push(`${id} is ${State.Name}${kept ? '' : ', not tagged'}, not kept as it was`);
      continue;
    }
    compare(`${id} state`, was.State.Name, State.Name);
    for (const field of ['PublicIpAddress', 'PrivateIpAddress', 'Tags', 'DisableApiTermination'])
      compare(`${id} ${field}`, was[field], is[field]);
    const devices = (one: Readonly<Record<string, unknown>>) =>
      (one.BlockDeviceMappings as readonly unknown[]).toSorted(byText);
    compare(`${id} devices`, devices(was), devices(is));
    compare(`${id} interfaces`, interfaces(was), interfaces(is));
  }
  for (const { VolumeId: id, State, ...is } of after.volumes) {
    const was = before.volumes.find(one => one.VolumeId === id);
    if (was !== undefined)
      compare(`${id} attachments`, [was.State, was.Attachments, was.Tags], [State, is.Attachments, is.Tags]);
    else if (State !== 'deleted' && !isKeptRoot(before, after, id)) found.push(`${id} is ${State}, not deleted`);
  }
  for (const was of before.addresses) {
    const is = after.addresses.find(one => one.PublicIp === was.PublicIp);
    compare(was.PublicIp, [was.InstanceId, was.NetworkInterfaceId], [is?.InstanceId, is?.NetworkInterfaceId]);
  }
  for (const [id, was] of Object.entries(before.hosts)) {
    const is = after.hosts[id];
    for (const [unit, { active, enabled }] of Object.entries(was.units))
      compare(`${id} ${unit}`, [active, enabled], [is?.units[unit]?.active, is?.units[unit]?.enabled]);
    compare(`${id} mounts`, was.mounts.map(mounted).toSorted(byText), is?.mounts.map(mounted).toSorted(byText));
    for (const field of ['arrays', 'groups', 'ipv6'] as const)
      compare(`${id} ${field}`, was[field].toSorted(), is?.[field].toSorted());
    if (was.builders.length > 0 && is?.builders.length === 0) found.push(`${id} has no builder again`);
  }
  for (const [file, was] of Object.entries(before.files)) compare(file, was, after.files[file]);
  compare('files of the inventory', Object.keys(before.inventory), Object.keys(after.inventory));
  for (const [file, was] of Object.entries(before.inventory)) compare(file, was, after.inventory[file]);
  for (const [file, was] of Object.entries(before.dns.files))
    compare(`${file} but for its serial`, withoutSerial(was), withoutSerial(after.dns.files[file]));
  for (const [server, { records, ttls }] of Object.entries(before.dns.served))
    compare(server, [records, ttls], [after.dns.served[server]?.records, after.dns.served[server]?.ttls]);
  for (const was of before.rooms)
    compare(`topic of ${was.key}`, was.topic, after.rooms.find(one => one.key === was.key)?.topic);
  return found;
}

/** The root of an instance that is kept is kept with it. */
function isKeptRoot(before: Seen, after: Seen, volume: string): boolean {
  const fresh = after.instances.filter(one => before.instances.every(was => was.InstanceId !== one.InstanceId));
  return fresh.some(one =>
    (
      one.BlockDeviceMappings as readonly { readonly DeviceName: string; readonly Ebs: { readonly VolumeId: string } }[]
    ).some(device => device.DeviceName === one.RootDeviceName && device.Ebs.VolumeId === volume),
  );
}

/** A serial never goes back. */
function withoutSerial(text: string | undefined): string | undefined {
  return text?.replace(/\d{10}(?=\s*; serial)/, '');
}

function interfaces(instance: Readonly<Record<string, unknown>>): unknown {
  const all = (instance.NetworkInterfaces ?? []) as readonly Record<string, unknown>[];
  return all.map(({ NetworkInterfaceId, Ipv6Addresses, Association }) => [
    NetworkInterfaceId,
    Ipv6Addresses,
    (Association as { PublicIp?: string } | undefined)?.PublicIp,
  ]);
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other));
}

function mounted(mount: unknown): unknown {
  const { target, on, bind } = mount as Record<string, unknown>;
  return [target, on, bind];
}
