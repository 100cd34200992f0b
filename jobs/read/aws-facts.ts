import { sameDevice } from '#core/device-name.ts';
import { Halt } from '#core/errors.ts';
import type { ComputeReader, DryRunAction, Image, Instance } from '#ports/compute.ts';
import type { TargetFacts } from '../facts.ts';
import { launchSpec } from '../launch-spec.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';
import { replacedVolume } from './replaced-volume.ts';

type PlaceFacts = Pick<TargetFacts, 'old' | 'address' | 'ipv6' | 'volumes' | 'securityGroup' | 'temporaryAddress'>;
type AwsFacts = PlaceFacts & Pick<TargetFacts, 'image'>;

/**
 * What AWS says of a target, compared with the estate, and the image that it gets. Names find the old instance, its id is
 * what counts from then on.
 *
 * @throws Halt `not-as-in-estate` naming what differs; `no-image`; `two-instances`.
 */
export async function awsFacts(
  compute: ComputeReader,
  settings: RunSettings,
  target: TargetSettings,
  old: Instance,
  fedora: number,
  release: number | null,
): Promise<AwsFacts> {
  const [place, image] = await Promise.all([
    placeFacts(compute, target, old, fedora),
    newestImage(compute, settings, release ?? fedora + 2),
  ]);
  return { ...place, image };
}

/**
 * The instance that serves a target, with its addresses and volumes, compared with the estate.
 *
 * @param fedora the release that its host runs, as the host itself says.
 * @throws Halt `not-as-in-estate` naming what differs.
 */
export async function placeFacts(
  compute: ComputeReader,
  target: TargetSettings,
  old: Instance,
  fedora: number,
): Promise<PlaceFacts> {
  const [address, volumes, root] = await Promise.all([
    compute.address(target.elasticIp),
    compute.volumes({ instance: old.id }),
    rootOf(compute, old),
  ]);
  if (address === undefined) throw differs(`${target.elasticIp} is no Elastic IP of this account`);
  checkAllocation(address, target.allocation);
  if (address.instance !== old.id) {
    throw differs(
      `${target.elasticIp} is at ${address.instance ?? 'no instance'}, not at ${old.id} (${target.nameTag})`,
    );
  }
  if (target.ipv6 !== null && !old.ipv6.includes(target.ipv6)) {
    throw differs(`${old.id} has ${old.ipv6.join(', ') || 'no IPv6 address'}, the estate says ${target.ipv6}`);
  }
  const data = target.volumes.map(({ id, device }) => {
    const volume = volumes.find(one => one.id === id);
    const attachment = volume?.attachments.find(one => one.instance === old.id);
    if (volume === undefined || attachment === undefined) {
      const replaced = replacedVolume(target.name, { id, device }, old.id, volumes);
      throw differs(replaced ?? `${id} is not attached to ${old.id}`);
    }
    if (!sameDevice(attachment.device, device))
      throw differs(`${id} is ${attachment.device} on ${old.id}, the estate says ${device}`);
    // As AWS echoes it, so that it is the same on the new instance.
    const { sizeGiB, type, iops, throughput, tags } = volume;
    return {
      id,
      device: attachment.device,
      sizeGiB,
      type,
      ...(iops === undefined ? {} : { iops }),
      ...(throughput === undefined ? {} : { throughput }),
      ...(tags.Name === undefined ? {} : { name: tags.Name }),
    };
  });
  const strange = volumes.filter(one => one.id !== root.id && !data.some(known => known.id === one.id));
  if (strange.length > 0) {
    throw differs(`${strange.map(one => one.id).join(', ')} hangs on ${old.id} and isn't in the estate`);
  }
  return {
    old: {
      instance: old.id,
      networkInterface: old.networkInterface,
      privateIp: old.privateIp,
      publicIp: old.publicIp ?? null,
      type: old.type,
      rootVolume: root.id,
      rootGiB: root.sizeGiB,
      fedora,
    },
    address: { allocation: address.allocation, publicIp: address.publicIp },
    ipv6: target.ipv6Moves === false ? null : target.ipv6,
    volumes: data,
    securityGroup: await groupId(compute, target),
    temporaryAddress: await temporaryAddress(compute, target),
  };
}

function checkAllocation({ publicIp, allocation }: { publicIp: string; allocation: string }, meant?: string): void {
  if (meant !== undefined && allocation !== meant)
    throw differs(`${publicIp} is ${allocation}, the estate says ${meant}`);
}

async function groupId(compute: ComputeReader, { securityGroup }: TargetSettings): Promise<string> {
  const group = await compute.securityGroup(securityGroup);
  if (group === undefined) throw differs(`there is no security group ${securityGroup}`);
  return group.id;
}

async function temporaryAddress(
  compute: ComputeReader,
  { temporary }: TargetSettings,
): Promise<TargetFacts['temporaryAddress']> {
  if (temporary === null) return null;
  const address = await compute.address(temporary.elasticIp);
  if (address === undefined)
    throw differs(`${temporary.elasticIp}, the temporary one, is no Elastic IP of this account`);
  checkAllocation(address, temporary.allocation);
  return {
    allocation: address.allocation,
    publicIp: address.publicIp,
    networkInterface: address.networkInterface ?? null,
  };
}

/** The target's instance in use: by its tags, and its id where the estate names one, exactly one that runs. @throws Halt `not-as-in-estate`. */
export async function oldInstance(
  compute: ComputeReader,
  settings: RunSettings,
  target: TargetSettings,
): Promise<Instance> {
  const found = await compute.instances({ tags: { ...settings.environment.tags, Name: target.nameTag } });
  const alive = found.filter(one => one.state !== 'terminated' && one.state !== 'shutting-down');
  const meant = target.instance ?? null;
  const [old, second] = meant === null ? alive : alive.filter(one => one.id === meant);
  if (old === undefined && meant !== null) {
    const named = alive.map(one => one.id).join(' and ') || 'none';
    throw differs(`the estate says ${meant}, and by its tags ${target.nameTag} is ${named}`);
  }
  if (old === undefined) throw differs(`no instance has the tags of ${target.nameTag}`);
  if (second !== undefined) {
    throw differs(
      `${alive.map(one => one.id).join(' and ')} are both named ${target.nameTag}: rename the one that isn't in use`,
    );
  }
  if (old.state !== 'running') throw differs(`${old.id} (${target.nameTag}) is ${old.state}`);
  return old;
}

async function rootOf(compute: ComputeReader, instance: Instance): Promise<{ id: string; sizeGiB: number }> {
  const device = instance.devices.find(one => one.name === instance.rootDevice);
  const volume = device === undefined ? undefined : await compute.volume(device.volume);
  if (volume === undefined) throw differs(`${instance.id} shows no root volume`);
  return { id: volume.id, sizeGiB: volume.sizeGiB };
}

/** The newest image that is a release of Fedora; betas and rawhide carry other names. */
async function newestImage(
  compute: ComputeReader,
  settings: RunSettings,
  release: number,
): Promise<TargetFacts['image']> {
  const { imageOwner, imageName } = settings.aws;
  const images = await compute.images(imageOwner, imageName.replaceAll('{release}', String(release)));
  const image = images.find(one => isRelease(one, release));
  if (image === undefined) {
    throw new Halt(
      'no-image',
      `account ${imageOwner} has no released image of Fedora ${release} yet: say "to N" for another`,
    );
  }
  return { id: image.id, name: image.name, release, rootDevice: image.rootDevice };
}

function isRelease({ name }: Image, release: number): boolean {
  return new RegExp(`-${release}-[0-9][0-9.]*(-|$)`).test(name) && !/beta|rawhide|prerelease|_rc/i.test(name);
}

/**
 * What may be asked of AWS without doing it, and what the region offers.
 *
 * @param launches how many instances of the run aren't launched yet, this target's first; 0: this one's is.
 * @throws Halt `not-allowed`, `not-offered`, `ipv6-cannot-move`.
 */
export async function proveAws(
  compute: ComputeReader,
  settings: RunSettings,
  target: TargetSettings,
  facts: AwsFacts,
  old: Instance,
  launches: number,
): Promise<void> {
  const { zone, subnet, keyPair } = settings.aws;
  const [offered, room, key] = await Promise.all([
    compute.offered(target.instanceType, zone),
    compute.subnet(subnet),
    compute.keyPair(keyPair),
  ]);
  if (!offered) throw new Halt('not-offered', `${zone} doesn't offer ${target.instanceType}`);
  if (room === undefined) throw differs(`there is no subnet ${subnet}`);
  if (room.freeAddresses < launches) {
    throw new Halt('not-offered', `${subnet} has ${room.freeAddresses} free addresses, and ${launches} are needed`);
  }
  const { subnet: home } = old;
  if (facts.ipv6 !== null && home !== subnet) {
    throw new Halt(
      'ipv6-cannot-move',
      `${facts.ipv6} belongs to ${home}, and the new instance would be in ${subnet}: name ${home} as aws.subnet, or give the target ipv6_moves: false, so that its AAAA record changes`,
    );
  }
  if (!key) throw differs(`there is no key pair "${keyPair}"`);
  const launch = { action: 'RunInstances', spec: launchSpec({ target, settings }, facts) } as const;
  await proveMoves(compute, settings, target, facts, launches === 0 ? [] : [launch]);
}

/**
 * That a target's volumes and addresses may be moved away from its instance, and what else is told.
 *
 * @throws Halt `not-allowed` with AWS's refusals.
 */
export async function proveMoves(
  compute: ComputeReader,
  settings: RunSettings,
  target: TargetSettings,
  facts: PlaceFacts,
  besides: readonly DryRunAction[],
): Promise<void> {
  const { instance } = facts.old;
  // With the name that a snapshot gets: AWS judges the tags too.
  const tags = { ...settings.environment.tags, Name: `backup-data-${target.nameTag}` };
  const asked = await Promise.all([
    ...besides.map(action => compute.mayDo(action)),
    compute.mayDo({ action: 'StopInstances', instance }),
    ...facts.volumes.map(({ id, device }) => compute.mayDo({ action: 'DetachVolume', volume: id, instance, device })),
    ...facts.volumes.map(({ id }) => compute.mayDo({ action: 'CreateSnapshot', volume: id, tags })),
    compute.mayDo({
      action: 'AssociateAddress',
      allocation: facts.address.allocation,
      networkInterface: facts.old.networkInterface,
    }),
  ]);
  const refused = asked.filter(answer => answer !== true);
  if (refused.length > 0) throw new Halt('not-allowed', `AWS doesn't allow: ${[...new Set(refused)].join('; ')}`);
}

function differs(sentence: string): Halt {
  return new Halt('not-as-in-estate', sentence);
}
