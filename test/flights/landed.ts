import { expect } from 'vitest';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { HostState } from '#sim/hosts/host-state.ts';
import type { SimInstance, SimSnapshot, SimVolume } from '#sim/state.ts';

/** `GET /_sim/world`, as far as flights look at it. */
export interface World {
  readonly instances: readonly SimInstance[];
  readonly volumes: readonly SimVolume[];
  readonly snapshots: readonly SimSnapshot[];
  readonly addresses: readonly { readonly PublicIp: string; readonly InstanceId?: string }[];
  readonly mails: readonly { readonly to: readonly string[]; readonly subject: string; readonly text: string }[];
  readonly rooms: readonly { readonly key?: string; readonly topic: string }[];
  readonly hosts: Readonly<Record<string, HostState>>;
  readonly inventory: Readonly<Record<string, string>>;
}

/** The Name tag of a target's instance. */
export const nameTags: Readonly<Record<SeededName, string>> = {
  'copr-fe-dev': 'copr-frontend-dev',
  'copr-be-dev': 'copr-backend-dev',
  'copr-dist-git-dev': 'copr-distgit-dev',
  'copr-keygen-dev': 'copr-keygen-dev',
  'copr-fe': 'copr-frontend-prod',
  'copr-be': 'copr-backend-prod',
  'copr-dist-git': 'copr-distgit-prod',
  'copr-keygen': 'copr-keygen-prod',
};

/** Mount points of each role's data. */
const mountPoints = {
  frontend: ['/srv/copr-fe', '/var/lib/pgsql'],
  backend: ['/var/lib/copr/public_html'],
  distgit: ['/var/lib/dist-git'],
  keygen: ['/var/lib/copr-keygen'],
} as const;

/** The one living instance with a name. */
export function named(world: World, name: string): SimInstance {
  const found = world.instances.filter(
    one => one.State.Name !== 'terminated' && one.Tags.some(tag => tag.Key === 'Name' && tag.Value === name),
  );
  expect(
    found.map(one => one.InstanceId),
    `instances named ${name}`,
  ).toHaveLength(1);
  return found[0] as SimInstance;
}

/** After an upgrade the target is another instance with everything that the old one had; the old one stands by, stopped. */
export function expectUpgraded(world: World, target: SeededName): void {
  const was = seededTargets[target];
  const name = nameTags[target];
  const is = named(world, name);
  expect(is.InstanceId).not.toBe(was.instance);
  expect(is.State.Name).toBe('running');
  expect(is.InstanceType).toBe(was.type);
  expect(is.DisableApiTermination).toBe(true);
  expect(is.MetadataOptions.HttpTokens).toBe('required');
  expect(tagsOf(is)).toMatchObject({
    Name: name,
    CoprInstance: was.environment === 'dev' ? 'devel' : 'production',
    FedoraGroup: 'copr',
    CoprPurpose: 'infrastructure',
    CoprFedoraNextWorkflow: 'new',
  });
  expect(is.PublicIpAddress).toBe(was.elasticIp);
  expect(is.NetworkInterfaces.map(card => card.Ipv6Addresses.map(six => six.Ipv6Address))).toEqual([[was.ipv6]]);
  expectVolumes(world, is, was);
  const root = volumeOf(world, deviceOf(is, is.RootDeviceName));
  expect(root.Encrypted).toBe(true);
  expect(root.Size).toBeGreaterThanOrEqual(was.rootGiB);
  expect(tagsOf(root).Name).toBe(name);
  expectHost(world, is.InstanceId, was);
  const old = named(world, `${name}-old`);
  expect(old.InstanceId).toBe(was.instance);
  expect(old.State.Name).toBe('stopped');
  expect(tagsOf(old).CoprFedoraNextWorkflow).toBe('old');
  expect(tagsOf(volumeOf(world, was.rootVolume)).Name).toBe(`${name}-old`);
  expect(old.BlockDeviceMappings.map(one => one.Ebs.VolumeId)).toEqual([was.rootVolume]);
  expect(old.NetworkInterfaces.flatMap(card => card.Ipv6Addresses)).toEqual([]);
}

/** Data volumes under their old device names; snapshots of each, ahead and clean, completed. */
function expectVolumes(world: World, is: SimInstance, was: (typeof seededTargets)[SeededName]): void {
  const data = is.BlockDeviceMappings.filter(one => one.DeviceName !== is.RootDeviceName);
  const seen = data.map(one => [one.DeviceName, one.Ebs.VolumeId, one.Ebs.Status, one.Ebs.DeleteOnTermination]);
  expect(seen.sort()).toEqual(was.volumes.map(({ id, device }) => [device, id, 'attached', false]).sort());
  expect(deviceOf(is, is.RootDeviceName) && rootOf(is).DeleteOnTermination).toBe(true);
  for (const { id } of was.volumes) {
    const snapshots = world.snapshots.filter(one => one.VolumeId === id);
    expect(snapshots.map(one => one.State)).toEqual(['completed', 'completed']);
    expect(snapshots.map(one => /hot-and-not-clean|clean/.exec(String(tagsOf(one).Name))?.[0]).sort()).toEqual([
      'clean',
      'hot-and-not-clean',
    ]);
    for (const snapshot of snapshots)
      expect(tagsOf(snapshot)).toMatchObject({ OriginalVolume: id, FedoraGroup: 'copr' });
  }
}

/** Two releases up, its data mounted, its services up, the database new. */
function expectHost(world: World, id: string, was: (typeof seededTargets)[SeededName]): void {
  const host = world.hosts[id];
  const old = world.hosts[was.instance];
  expect(host?.fedora).toBe((old?.fedora ?? 0) + 2);
  expect(host?.mounts.map(one => one.target)).toEqual(expect.arrayContaining([...mountPoints[was.role]]));
  const failed = Object.entries(host?.units ?? {}).filter(
    ([, unit]) => unit.failed === true || unit.enabled === 'masked',
  );
  expect(failed).toEqual([]);
  expect(host?.provisioned).toBe(true);
  if (was.role === 'backend') expect(host?.builders.length).toBeGreaterThan(0);
}

/** The old instance and its root are gone for good; the successor is as it was. */
export function expectRetired(world: World, target: SeededName): void {
  const was = seededTargets[target];
  expect(world.instances.find(one => one.InstanceId === was.instance)?.State.Name ?? 'terminated').toBe('terminated');
  expect(world.volumes.find(one => one.VolumeId === was.rootVolume)?.State ?? 'deleted').toBe('deleted');
  const is = named(world, nameTags[target]);
  expect(is.State.Name).toBe('running');
  expect(is.PublicIpAddress).toBe(was.elasticIp);
  expectVolumes(world, is, was);
}

/** Nothing temporary is left: no volume made for the time of the upgrade, no name -new, no instance beside those named. */
export function expectNothingLeft(before: World, after: World): void {
  const mine = after.volumes.filter(one => one.State !== 'deleted' && tagsOf(one).CoprPurpose === 'temporary');
  expect(mine.map(one => one.VolumeId)).toEqual([]);
  const free = after.volumes.filter(one => one.State === 'available').map(one => one.VolumeId);
  expect(free).toEqual(before.volumes.filter(one => one.State === 'available').map(one => one.VolumeId));
  const living = (world: World) => world.instances.filter(one => one.State.Name === 'running').length;
  expect(living(after)).toBe(living(before));
  expect(after.instances.flatMap(one => (tagsOf(one).Name?.endsWith('-new') ? [one.InstanceId] : []))).toEqual([]);
}

/** Byte for byte what it was, but for the private addresses of backends where those are let in; columns keep their place. */
export function expectInventory(before: World, after: World, targets: readonly SeededName[]): void {
  const backends = targets.filter(name => seededTargets[name].role === 'backend');
  const expected = { ...before.inventory };
  for (const name of backends) {
    const { privateIp: from, environment } = seededTargets[name];
    const to = named(after, nameTags[name]).PrivateIpAddress;
    const suffix = environment === 'dev' ? '_dev_aws' : '_aws';
    for (const file of [`inventory/group_vars/copr${suffix}`, `inventory/group_vars/copr_keygen${suffix}`]) {
      expected[file] = lettingIn(expected[file] ?? '', from, to);
    }
  }
  expect(after.inventory).toEqual(expected);
}

/** The lists with another address; comments are people's. */
function lettingIn(text: string, from: string, to: string): string {
  const address = new RegExp(`(?<![0-9.])${from.replaceAll('.', '\\.')}(?![0-9.])( *)`, 'g');
  const lines = text.split('\n').map(line => {
    if (line.trim().startsWith('#')) return line;
    return line.replaceAll(address, (all, spaces: string) => (spaces.length > 1 ? to.padEnd(all.length) : to + spaces));
  });
  return lines.join('\n');
}

function tagsOf({ Tags }: { readonly Tags: readonly { readonly Key: string; readonly Value: string }[] }) {
  return Object.fromEntries(Tags.map(tag => [tag.Key, tag.Value])) as Readonly<Record<string, string | undefined>>;
}

function volumeOf(world: World, id: string): SimVolume {
  return world.volumes.find(one => one.VolumeId === id) as SimVolume;
}

function rootOf(instance: SimInstance) {
  const found = instance.BlockDeviceMappings.find(one => one.DeviceName === instance.RootDeviceName);
  if (found === undefined) throw new Error(`${instance.InstanceId} has no root`);
  return found.Ebs;
}

function deviceOf(instance: SimInstance, device: string): string {
  return instance.BlockDeviceMappings.find(one => one.DeviceName === device)?.Ebs.VolumeId ?? '';
}
