import {
  DescribeAddressesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Filter,
  GetConsoleOutputCommand,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeSecurityGroups,
  paginateDescribeSnapshots,
  paginateDescribeTags,
  paginateDescribeVolumes,
} from '@aws-sdk/client-ec2';
import type { ComputeReader, Tags } from '#ports/compute.ts';
import { mayDo } from './dry-run.ts';
import { addressFrom, given, imageFrom, instanceFrom, snapshotFrom, tagsFrom, volumeFrom } from './from-aws.ts';
import { isNotFound, translated } from './translate-error.ts';

/** Items a page of a listing asks for. */
const pageSize = 200;

/** The reading half on an AWS client that may repeat its requests. Listings are read to their last page. */
export function ec2Reader(client: EC2Client): ComputeReader {
  const paged = { client, pageSize };
  return {
    instance: id =>
      one(`DescribeInstances of ${id}`, async () => {
        const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
        const found = Reservations?.[0]?.Instances?.[0];
        return found && instanceFrom(found);
      }),
    instances: filter =>
      asked('DescribeInstances', async () => {
        const token = filter.clientToken === undefined ? [] : [only('client-token', filter.clientToken)];
        const Filters = [...tagFilters(filter.tags), ...token];
        const pages = await all(paginateDescribeInstances(paged, { Filters }));
        return pages.flatMap(page => (page.Reservations ?? []).flatMap(one => one.Instances ?? [])).map(instanceFrom);
      }),
    volume: id =>
      one(`DescribeVolumes of ${id}`, async () => {
        const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
        return Volumes?.[0] && volumeFrom(Volumes[0]);
      }),
    volumes: filter =>
      asked('DescribeVolumes', async () => {
        const at = filter.instance === undefined ? [] : [only('attachment.instance-id', filter.instance)];
        const pages = await all(paginateDescribeVolumes(paged, { Filters: [...tagFilters(filter.tags), ...at] }));
        return pages.flatMap(page => page.Volumes ?? []).map(volumeFrom);
      }),
    snapshot: id =>
      one(`DescribeSnapshots of ${id}`, async () => {
        const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
        return Snapshots?.[0] && snapshotFrom(Snapshots[0]);
      }),
    snapshots: filter =>
      asked('DescribeSnapshots', async () => {
        const of = filter.volume === undefined ? [] : [only('volume-id', filter.volume)];
        const input = { OwnerIds: ['self'], Filters: [...tagFilters(filter.tags), ...of] };
        const pages = await all(paginateDescribeSnapshots(paged, input));
        return pages.flatMap(page => page.Snapshots ?? []).map(snapshotFrom);
      }),
    address: allocationOrIp =>
      one(`DescribeAddresses of ${allocationOrIp}`, async () => {
        const input = allocationOrIp.startsWith('eipalloc-')
          ? { AllocationIds: [allocationOrIp] }
          : { PublicIps: [allocationOrIp] };
        const { Addresses } = await client.send(new DescribeAddressesCommand(input));
        return Addresses?.[0] && addressFrom(Addresses[0]);
      }),
    addresses: filter =>
      asked('DescribeAddresses', async () => {
        const at = filter.instance === undefined ? [] : [only('instance-id', filter.instance)];
        const input = { Filters: [...tagFilters(filter.tags), ...at] };
        const { Addresses } = await client.send(new DescribeAddressesCommand(input));
        return (Addresses ?? []).map(addressFrom);
      }),
    images: (owner, name) =>
      asked(`DescribeImages of ${owner}`, async () => {
        const input = { Owners: [owner], Filters: [only('name', name), only('state', 'available')] };
        const pages = await all(paginateDescribeImages(paged, input));
        const images = pages.flatMap(page => page.Images ?? []).map(imageFrom);
        return images.sort((a, b) => b.createdAt - a.createdAt);
      }),
    status: id =>
      one(`DescribeInstanceStatus of ${id}`, async () => {
        const input = { InstanceIds: [id], IncludeAllInstances: true };
        const { InstanceStatuses } = await client.send(new DescribeInstanceStatusCommand(input));
        const found = InstanceStatuses?.[0];
        return (
          found && {
            instance: found.InstanceStatus?.Status ?? 'not-applicable',
            system: found.SystemStatus?.Status ?? 'not-applicable',
          }
        );
      }),
    terminationProtected: id =>
      asked(`DescribeInstanceAttribute of ${id}`, async () => {
        const input = { InstanceId: id, Attribute: 'disableApiTermination' as const };
        const { DisableApiTermination } = await client.send(new DescribeInstanceAttributeCommand(input));
        return given(DisableApiTermination?.Value, 'disableApiTermination');
      }),
    console: id =>
      asked(`GetConsoleOutput of ${id}`, async () => {
        const { Output } = await client.send(new GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
        return Buffer.from(Output ?? '', 'base64')
          .toString()
          .replaceAll('\r\n', '\n');
      }),
    offered: (type, zone) =>
      asked('DescribeInstanceTypeOfferings', async () => {
        const Filters = [only('instance-type', type), only('location', zone)];
        const input = { LocationType: 'availability-zone' as const, Filters };
        const pages = await all(paginateDescribeInstanceTypeOfferings(paged, input));
        return pages.some(page =>
          page.InstanceTypeOfferings?.some(offer => offer.InstanceType === type && offer.Location === zone),
        );
      }),
    subnet: id =>
      one(`DescribeSubnets of ${id}`, async () => {
        const { Subnets } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
        const found = Subnets?.[0];
        return (
          found && {
            id,
            zone: given(found.AvailabilityZone, 'the zone of a subnet'),
            freeAddresses: found.AvailableIpAddressCount ?? 0,
          }
        );
      }),
    securityGroup: name =>
      asked(`DescribeSecurityGroups of ${name}`, async () => {
        const pages = await all(paginateDescribeSecurityGroups(paged, { Filters: [only('group-name', name)] }));
        const found = pages.flatMap(page => page.SecurityGroups ?? [])[0];
        return found && { id: given(found.GroupId, 'the id of a security group'), name };
      }),
    keyPair: name =>
      asked(`DescribeKeyPairs of ${name}`, async () => {
        const { KeyPairs } = await client.send(new DescribeKeyPairsCommand({ Filters: [only('key-name', name)] }));
        return (KeyPairs ?? []).some(pair => pair.KeyName === name);
      }),
    tags: resource =>
      asked(`DescribeTags of ${resource}`, async () => {
        const pages = await all(paginateDescribeTags(paged, { Filters: [only('resource-id', resource)] }));
        return tagsFrom(pages.flatMap(page => page.Tags ?? []));
      }),
    mayDo: action => mayDo(client, action),
  };
}

/** One thing by its id; `undefined` where AWS says that there is none. */
async function one<T>(what: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw translated(error, { what, changes: false });
  }
}

async function asked<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw translated(error, { what, changes: false });
  }
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const page of pages) read.push(page);
  return read;
}

/** A filter for exactly this value: `name` filters of images alone may hold the wildcard `*`. */
function only(name: string, value: string): Filter {
  return { Name: name, Values: [value] };
}

function tagFilters(tags: Tags = {}): Filter[] {
  return Object.entries(tags).map(([key, value]) => only(`tag:${key}`, value));
}
